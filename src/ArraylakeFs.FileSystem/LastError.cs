namespace ArraylakeFs.FileSystem;

/// <summary>The full text of the last failure, because a shell only shows the errno.</summary>
internal sealed class LastError
{
    private volatile string _text = "";

    /// <summary>The text with a newline; empty if nothing has failed yet.</summary>
    public string Text => _text;

    public void Set(string message) => _text = message + "\n";
}
