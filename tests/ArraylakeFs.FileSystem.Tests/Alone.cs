namespace ArraylakeFs.FileSystem.Tests;

/// <summary>Tests that measure what the whole process allocates: no other runs at the same time.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = "alone";
}
