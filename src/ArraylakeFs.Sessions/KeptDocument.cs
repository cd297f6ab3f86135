namespace ArraylakeFs.Sessions;

/// <summary>A document that a v2 tool wrote, as it was when somebody looked.</summary>
/// <param name="Name">The name under which the tree keeps it.</param>
/// <param name="File">The file.</param>
/// <param name="Changes">How often somebody had begun to change it.</param>
internal readonly record struct KeptDocument(string Name, SessionFile File, int Changes)
{
    /// <summary>Whether it is this file, as it was then.</summary>
    public bool Is(SessionFile file) => ReferenceEquals(file, File) && file.Changes == Changes;
}
