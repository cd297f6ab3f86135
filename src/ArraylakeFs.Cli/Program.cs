using ArraylakeFs.Cli;

var daemon = DaemonStart.IfClear(args);
return daemon?.IsReady == true ? ExitCodes.Done : CommandLine.RunAsync(args, daemon).GetAwaiter().GetResult();
