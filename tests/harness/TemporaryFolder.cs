namespace ArraylakeFs.TestHarness;

/// <summary>A folder of its own for one test, removed afterwards.</summary>
public sealed class TemporaryFolder : IDisposable
{
    /// <summary>Its path.</summary>
    public string Path { get; } = Directory.CreateTempSubdirectory("arraylakefs-test-").FullName;

    /// <summary>A path inside it.</summary>
    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <summary>Removes it, but never crosses into a mount that could not be taken down.</summary>
    public void Dispose() => Command.Run("rm", ["-rf", "--one-file-system", "--", Path]);
}
