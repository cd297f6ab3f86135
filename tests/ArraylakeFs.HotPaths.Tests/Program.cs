using ArraylakeFs.HotPaths.Tests;
using BenchmarkDotNet.Running;

// usage: ArraylakeFs.HotPaths.Tests --filter '*' [OPTION OF BENCHMARKDOTNET]...
return BenchmarkSwitcher.FromTypes([typeof(Benchmarks)]).Run(args).Any() ? 0 : 1;
