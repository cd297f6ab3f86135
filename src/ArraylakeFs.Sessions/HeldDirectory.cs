namespace ArraylakeFs.Sessions;

/// <summary>Keeps a directory from being let go of until it is disposed.</summary>
public sealed class HeldDirectory : IDisposable
{
    private readonly SessionTree _tree;

    internal HeldDirectory(SessionTree tree, SessionDirectory directory) => (_tree, Directory) = (tree, directory);

    /// <summary>The directory.</summary>
    public SessionDirectory Directory { get; }

    /// <inheritdoc/>
    public void Dispose() => _tree.Unpin(Directory);
}
