using ArraylakeFs.Storage;
using ArraylakeFs.Zarr;
using ArraylakeFs.Zarr.V2;

namespace ArraylakeFs.Repository.Transfer;

/// <summary>The documents that make a directory a node.</summary>
internal sealed class NodeFiles
{
    private static readonly NodeFiles _v3 = new(NodeDocument.FileName);
    private static readonly NodeFiles _v2Array = new(V2Node.ArrayFileName, V2Node.AttributesFileName, V2Node.ConsolidatedFileName);
    private static readonly NodeFiles _v2Group = new(V2Node.GroupFileName, V2Node.AttributesFileName, V2Node.ConsolidatedFileName);

    private readonly string[] _names;
    private bool _hasAttributes;

    private NodeFiles(params string[] names) => _names = names;

    /// <summary>What is in a directory; null if it is no node. Version 3 counts before version 2, as for zarr-python.</summary>
    public static NodeFiles? In(List<DirectoryEntry> entries)
    {
        bool Has(string name) => entries.Exists(entry => entry.Name == name && !entry.IsDirectory);
        var kind = Has(NodeDocument.FileName) ? _v3 : Has(V2Node.ArrayFileName) ? _v2Array : Has(V2Node.GroupFileName) ? _v2Group : null;
        return kind is null ? null : new NodeFiles(kind._names) { _hasAttributes = Has(V2Node.AttributesFileName) };
    }

    /// <summary>Whether a file is one of them, or derived from them.</summary>
    public bool Consists(string name) => _names.Contains(name);

    /// <summary>Reads them.</summary>
    /// <exception cref="RepositoryException">They are no documents, or cannot be expressed in v3.</exception>
    public DirectoryNode Read(string path, string folder)
    {
        try
        {
            var document = ReadFile(path, folder, _names[0]);
            if (_names[0] != NodeDocument.FileName)
            {
                var kind = _names[0] == V2Node.ArrayFileName ? NodeKind.Array : NodeKind.Group;
                document = new V2Node(kind, document, _hasAttributes ? ReadFile(path, folder, V2Node.AttributesFileName) : null).ToV3();
            }

            var parsed = NodeDocument.Parse(document);
            return new DirectoryNode(path, parsed.Kind, document, parsed.Array);
        }
        catch (ZarrFormatException failure)
        {
            throw new RepositoryException(
                RepositoryErrorKind.Invalid, $"{path} cannot be imported, because of its {_names[0]}: {failure.Message}.", failure);
        }
    }

    private static byte[] ReadFile(string path, string folder, string name) =>
        ForeignFile.ReadAll($"{path.TrimEnd('/')}/{name}", Path.Combine(folder, name), Zarr.Limits.MaxDocumentBytes);
}
