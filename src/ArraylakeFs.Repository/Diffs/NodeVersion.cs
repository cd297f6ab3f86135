using ArraylakeFs.Zarr;

namespace ArraylakeFs.Repository;

/// <summary>A node as one of two versions has it. Its document is read when somebody asks what it says.</summary>
internal sealed class NodeVersion(string path, NodeKind kind, ReadOnlyMemory<byte> document)
{
    private readonly Lazy<NodeDocument?> _parsed = new(() =>
        NodeDocument.TryParse(document.Span, out var parsed, out _, DocumentRules.Stored) && parsed.Kind == kind ? parsed : null);

    public NodeVersion(Node node)
        : this(node.Path, node.Kind, node.Document)
    {
    }

    public string Path => path;

    public NodeKind Kind => kind;

    public ReadOnlyMemory<byte> Document => document;

    /// <summary>What the document says; null if it cannot be understood.</summary>
    public NodeDocument? Parsed => _parsed.Value;

    /// <summary>An array's metadata; null for a group, and where the document is not understood.</summary>
    public ArrayMetadata? Array => Parsed?.Array;
}
