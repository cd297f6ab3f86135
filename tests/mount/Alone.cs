namespace ArraylakeFs.Mount.Tests;

/// <summary>
/// Tests that keep files of a mount open in this process. While another test starts a program, that has copies of them for a moment, and closes
/// them: to the file system their writers have finished.
/// </summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
