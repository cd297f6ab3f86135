using ArraylakeFs.Fuse.Tests.Kernel;

return await ClientProgram.RunAsync(args);
