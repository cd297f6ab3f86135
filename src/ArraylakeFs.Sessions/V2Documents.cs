using ArraylakeFs.Zarr;
using ArraylakeFs.Zarr.V2;

namespace ArraylakeFs.Sessions;

/// <summary>
/// The documents of the v2 face. A node's one document is <c>zarr.json</c>; its v2 documents are derived from that. What a v2 tool
/// writes is kept beside it, byte for byte, under the names of <see cref="V2Names.Kept"/>, and becomes <c>zarr.json</c> when the tool
/// has finished with the file: closed, renamed or linked it. Whatever is kept and says the same as <c>zarr.json</c> is only a spelling
/// of it, and goes when a v3 tool changes the node, and with the next commit. Whatever cannot become <c>zarr.json</c> stays, and
/// <see cref="ChangeCollector"/> says why.
/// </summary>
public sealed partial class V2Documents(SessionTree tree) : IDisposable
{
    /// <summary>Why a document is not what the node says yet.</summary>
    private const string Unfinished = "not finished", Unsaid = $"it was written, and {NodeDocument.FileName} says otherwise";

    private static readonly string[] _kinds = [V2Node.ArrayFileName, V2Node.GroupFileName];

    /// <summary>What the directory's <c>zarr.json</c> says in v2. The answer for an unchanged document is kept.</summary>
    public async ValueTask<V2Reading> ReadAsync(SessionDirectory directory)
    {
        var (file, committed) = tree.DocumentOf(directory);
        object? source = (object?)file ?? committed;
        if (source is null)
        {
            return V2Reading.Nothing;
        }

        int changes = file?.Changes ?? 0;
        if (directory.Reading is { } known && known.IsOf(source, changes))
        {
            return known;
        }

        return await SessionTree.FindAndReadAsync(directory, () => ReadAnewAsync(directory));
    }

    /// <summary>As <see cref="ReadAsync"/>, as it is shown now: the fill value depends on whether the array has all its chunks.</summary>
    public async ValueTask<V2Reading> ShownAsync(SessionDirectory directory)
    {
        var reading = await ReadAsync(directory);
        return reading.DependsOnChunksOf is { } array && await ChunkCount.IsCompleteAsync(tree, directory, array) ? reading.IfComplete : reading;
    }

    /// <summary>
    /// How the chunks of the array that the directory is, or was until its document went, are named: what is left of an array is still
    /// found by the names under which it has been listed.
    /// </summary>
    public async ValueTask<V2Keys?> KeysAsync(SessionDirectory directory)
    {
        var reading = await ReadAsync(directory);
        return (reading.HasDocument ? reading : Former(directory)).Keys;
    }

    /// <summary>
    /// Something is about to be made in a directory, or a node to be made of it: the array that it was before its document went does not count any
    /// more if none of its chunks is left. How these were named; null if there was no such array, or it counts.
    /// </summary>
    public async ValueTask<V2Keys?> ForgetFormerAsync(SessionDirectory directory)
    {
        if (HasDocumentOfV3(directory) || Former(directory).Keys is not { } keys || await ChunkCount.HasAnyAsync(tree, directory, keys))
        {
            return null;
        }

        (directory.Reading, directory.LastReading) = (null, V2Reading.Nothing);
        return keys;
    }

    /// <summary>
    /// The bytes of the <c>.zmetadata</c> of a directory: as a tool wrote them, as long as they say what the documents say. Null if it has none:
    /// only where one has been written there is one, and at the root where nothing can be changed.
    /// </summary>
    public ValueTask<ReadOnlyMemory<byte>?> ConsolidatedAsync(SessionDirectory directory) =>
        SessionTree.FindAndReadAsync(directory, () => ConsolidatedCoreAsync(directory));

    /// <summary>A group and the nodes below it, but for those that v2 cannot express.</summary>
    internal static async ValueTask<List<(string Path, V2Node Node)>> InV2Async(V2Node group, IEnumerable<NodeBelow> below)
    {
        var nodes = new List<(string, V2Node)> { ("", group) };
        foreach (var node in below)
        {
            var reading = V2Reading.Of(group, 0, node.Document);
            reading = reading.DependsOnChunksOf is { } array && await node.HasAllChunks(array) ? reading.IfComplete : reading;
            if (reading.Node is { } shown)
            {
                nodes.Add((node.Path, shown));
            }
        }

        return nodes;
    }

    /// <summary>Whether <c>zarr.json</c> is shown to v2 tools, as the foreign file that it then is: v2 cannot say what it says.</summary>
    public async ValueTask<bool> ShowsDocumentOfV3Async(SessionDirectory directory) =>
        (await ReadAsync(directory)) is { HasDocument: true, Node: null } && !IsKept(directory, _kinds);

    /// <summary>Whether <c>zarr.json</c> is there, so that the kept documents are not shown to v3 tools.</summary>
    public bool HasDocumentOfV3(SessionDirectory directory) => tree.DocumentOf(directory) is not (null, null);

    /// <summary>Whether a kept document is shown to v3 tools, as the foreign file that it then is.</summary>
    public bool IsShownBesideV3(SessionDirectory directory, string name) =>
        tree.KeptDocument(directory, name) is not null && !HasDocumentOfV3(directory) && !tree.IsHidden(directory, name);

    /// <summary>Whether documents of the directory are kept as a v2 tool wrote them.</summary>
    public bool HasKept(SessionDirectory directory) => IsKept(directory, V2Names.Derived);

    /// <summary>As <see cref="HasKept"/>, or a <c>.zmetadata</c>.</summary>
    public bool HasAnyKept(SessionDirectory directory) => IsKept(directory, V2Names.Documents);

    /// <summary>What is kept in a directory, if it says no more than <c>zarr.json</c> does.</summary>
    internal async ValueTask<List<KeptDocument>> SpellingsAsync(SessionDirectory directory)
    {
        var kept = tree.KeptDocuments(directory, V2Names.DerivedKept); // first: what changes while they are judged was not judged
        return await ProblemAsync(directory) is null ? kept : [];
    }

    /// <summary>Why what v2 tools wrote is not what <c>zarr.json</c> says. Null where it is, or nothing is kept.</summary>
    internal async ValueTask<V2Problem?> ProblemAsync(SessionDirectory directory)
    {
        if (!HasKept(directory))
        {
            return null;
        }

        bool isFinishing = IsFinishing(directory); // first: what ends while this is looked at is not judged
        var open = V2Names.Derived.Select(name => tree.KeptDocument(directory, name)).FirstOrDefault(f => f is not null && tree.IsBeingWritten(f));
        if (open is not null)
        {
            return new(V2Names.Shown(open.Name), Unfinished, IsInvalid: false);
        }

        var reading = await ShownAsync(directory);
        var (node, name) = await NodeAsync(directory, reading, _noOthers);
        if (node is null)
        {
            return name is null ? null : new(name, $"its {V2Node.ArrayFileName} or {V2Node.GroupFileName} has not been written yet", IsInvalid: false);
        }

        try
        {
            bool isSaid = node.ToV3(reading.Bytes.Span).AsSpan().SequenceEqual(reading.Bytes.Span);
            return isSaid ? null
                : isFinishing || IsFinishing(directory) || tree.StampOf(directory) is null // for a v3 tool that has it open, and may have the last word
                    ? new(name!, Unfinished, IsInvalid: false)
                : new(name!, directory.Unpublished ?? Unsaid, IsInvalid: true);
        }
        catch (ZarrFormatException e)
        {
            return new(name!, e.Message, IsInvalid: e is not NoFormException || reading.HasDocument);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _changing.Dispose();

    private static bool IsFinishing(SessionDirectory directory) => Volatile.Read(ref directory.Finishing) > 0;

    private bool IsKept(SessionDirectory directory, IEnumerable<string> names) => names.Any(name => tree.KeptDocument(directory, name) is not null);

    private async ValueTask<ReadOnlyMemory<byte>?> ConsolidatedCoreAsync(SessionDirectory directory)
    {
        var kept = tree.KeptDocument(directory, V2Node.ConsolidatedFileName);
        bool isOffered = tree.ReadOnlyReason is not null && directory.Parent == tree.Top
            && tree.Base.Snapshot.Nodes.Count <= Limits.MaxConsolidatedNodes;
        if ((kept is null && !isOffered) || (await ReadAsync(directory)).Node is not { Kind: NodeKind.Group } group)
        {
            return null;
        }

        var nodes = await InV2Async(group, await NodesBelow.ListAsync(tree, directory));
        if (kept is null)
        {
            return ConsolidatedV2.Write(nodes);
        }

        var bytes = await ReadAllAsync(kept);
        return tree.IsBeingWritten(kept) || ConsolidatedV2.SaysTheSame(bytes.Span, nodes) ? bytes : ConsolidatedV2.Write(nodes);
    }

    /// <summary>
    /// What the directory was as a node before its document went: that of v2 is written over it again by tools that move the old one away
    /// first, and what v2 cannot say of the node, the names of its chunks above all, is to stay (<see cref="ForgetFormerAsync"/>).
    /// </summary>
    private static V2Reading Former(SessionDirectory directory) => directory.LastReading
        ??= directory.Origin is { IsChunks: false, Node: { } node } ? V2Reading.Of(node, 0, node.Document) : V2Reading.Nothing;

    private async ValueTask<V2Reading> ReadAnewAsync(SessionDirectory directory)
    {
        var (file, committed) = tree.DocumentOf(directory);
        int changes = file?.Changes ?? 0;
        bool isFinished = file is null || !tree.IsBeingWritten(file);
        var bytes = file is not null ? await ReadAllAsync(file) : committed?.Document;
        if (bytes is not { } document)
        {
            return V2Reading.Nothing;
        }

        var reading = V2Reading.Of((object?)file ?? committed!, changes, document);
        if (isFinished)
        {
            directory.Reading = reading;
            directory.LastReading = reading.Node is null ? directory.LastReading : reading;
        }

        return reading;
    }

    /// <summary>
    /// The node that the documents which v2 tools see describe, and the name of the one that what is kept is about; where <paramref name="others"/>
    /// is not what is kept, but what is to be: null where a document goes.
    /// </summary>
    private ValueTask<(V2Node? Node, string? Name)> NodeAsync(
        SessionDirectory directory, V2Reading reading, Dictionary<string, SessionFile?> others) =>
        SessionTree.FindAndReadAsync(directory, () => NodeCoreAsync(directory, reading, others));

    private async ValueTask<(V2Node? Node, string? Name)> NodeCoreAsync(
        SessionDirectory directory, V2Reading reading, Dictionary<string, SessionFile?> others)
    {
        SessionFile? Kept(string name) => others.TryGetValue(name, out var other) ? other : tree.KeptDocument(directory, name);
        var said = Goes(reading, others) ? null : reading.Node;
        string? main = _kinds.FirstOrDefault(name => said?.FileName == name || Kept(name) is not null);
        var keptAttributes = Kept(V2Node.AttributesFileName);
        var keptMain = main is null ? null : Kept(main);
        bool withoutAttributes = keptAttributes is null && others.ContainsKey(V2Node.AttributesFileName);
        if (main is null || (keptMain is null && keptAttributes is null && !withoutAttributes))
        {
            return (null, keptAttributes is null ? null : V2Node.AttributesFileName);
        }

        async ValueTask<byte[]> ReadAsync(SessionFile file)
        {
            try
            {
                return (await ReadAllAsync(file)).ToArray();
            }
            catch (SessionException e) when (e.Errno == Errno.Stale && others.ContainsValue(file))
            {
                return []; // it has no name any more, and gets none
            }
        }

        var document = keptMain is null ? said!.Document : await ReadAsync(keptMain);
        byte[]? attributes = keptAttributes is not null ? await ReadAsync(keptAttributes)
            : withoutAttributes ? null
            : said?.Attributes;
        var kind = main == V2Node.ArrayFileName ? NodeKind.Array : NodeKind.Group;
        return (new V2Node(kind, document, attributes), keptMain is null ? V2Node.AttributesFileName : main);
    }

    /// <summary>Whether the node loses the document that says what it is, and gets no other of that name.</summary>
    private static bool Goes(V2Reading reading, Dictionary<string, SessionFile?> others) =>
        reading.Node is { } node && others.TryGetValue(node.FileName, out var other) && other is null;

    private async ValueTask<ReadOnlyMemory<byte>> ReadAllAsync(SessionFile file)
    {
        try
        {
            return await tree.ReadAllAsync(file, Limits.MaxDocumentBytes, CancellationToken.None);
        }
        catch (SessionException e) when (e.Errno == Errno.TooBig)
        {
            return default; // no document is that long
        }
    }
}
