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
public sealed class V2Documents(SessionTree tree) : IDisposable
{
    /// <summary>Why a document is not what the node says yet.</summary>
    private const string Unfinished = "not finished";

    private static readonly string[] _kinds = [V2Node.ArrayFileName, V2Node.GroupFileName];

    private readonly SemaphoreSlim _changing = new(1, 1); // documents of one node come from several threads at once

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

    /// <summary>
    /// A document that v2 tools see, as a file that can be written: a derived one becomes a kept one of the same bytes. Null if there is none.
    /// </summary>
    public ValueTask<SessionFile?> KeepAsync(SessionDirectory directory, string name) => AloneAsync(() => KeepCoreAsync(directory, name));

    /// <summary>As <see cref="KeepAsync(SessionDirectory, string)"/>, if it is derived still, and has these bytes; null otherwise.</summary>
    public ValueTask<SessionFile?> KeepAsync(SessionDirectory directory, string name, ReadOnlyMemory<byte> derived) => AloneAsync(async () =>
        tree.KeptDocument(directory, name) is null && (await ShownAsync(directory)).DocumentNamed(name) is { } bytes
            && bytes.Span.SequenceEqual(derived.Span) ? await PutKeptAsync(directory, name, bytes) : null);

    /// <summary>
    /// A v2 tool has finished a document, or given one another name: the node is now what its v2 documents say.
    /// </summary>
    public async ValueTask PublishAsync(SessionDirectory directory, bool withoutAttributes = false) =>
        await AloneAsync(() => PublishCoreAsync(directory, withoutAttributes));

    /// <summary>Removes a v2 document; false if there is none of that name. What else v2 tools see of the node stays until it is removed.</summary>
    public ValueTask<bool> RemoveAsync(SessionDirectory directory, string name) => tree.ReadOnlyReason is { } reason
        ? throw new SessionException(Errno.ReadOnly, reason)
        : AloneAsync(async () =>
        {
            bool wasThere = await DetachCoreAsync(directory, name);
            if (tree.KeptDocument(directory, name) is not null)
            {
                await tree.UnlinkAsync(directory, V2Names.Kept(name), CancellationToken.None);
                wasThere = true;
            }

            if (wasThere)
            {
                await PublishCoreAsync(directory, withoutAttributes: name == V2Node.AttributesFileName);
            }

            return wasThere;
        });

    /// <summary>Makes a v2 document a file of its own, which may then get another name; the node is no longer what it said.</summary>
    public async ValueTask DetachAsync(SessionDirectory directory, string name) => await AloneAsync(async () =>
    {
        await KeepCoreAsync(directory, name);
        return await DetachCoreAsync(directory, name);
    });

    /// <summary>
    /// Makes a change of files that v3 tools see under some names. Where one is <c>zarr.json</c>, what v2 tools wrote about the node no longer counts,
    /// and what they finish meanwhile comes after the change.
    /// </summary>
    public async ValueTask SupersedeAsync(IEnumerable<(SessionDirectory Directory, string Name)> places, Func<ValueTask> change)
    {
        var directories = places.Where(place => place.Name == NodeDocument.FileName).Select(place => place.Directory).ToList();
        if (directories.Count == 0)
        {
            await change();
            return;
        }

        await AloneAsync(async () =>
        {
            foreach (var directory in directories)
            {
                await tree.DropKeptAsync(directory, tree.KeptDocuments(directory, V2Names.DerivedKept), onlyUnused: false);
            }

            await change();
            return true;
        });
    }

    /// <summary>A v3 tool is about to remove <c>zarr.json</c>: what was hidden behind it is not to appear.</summary>
    public async ValueTask RemoveHiddenAsync(SessionDirectory directory)
    {
        if (HasAnyKept(directory) && HasDocumentOfV3(directory))
        {
            await DropAsync(directory, tree.KeptDocuments(directory, V2Names.AllKept), onlyUnused: false);
        }
    }

    /// <summary>Drops what is kept in every directory, where it says no more than <c>zarr.json</c> does, and nobody is writing it.</summary>
    internal async ValueTask DropSpellingsAsync()
    {
        foreach (var directory in tree.DirectoriesWith(V2Names.DerivedKept))
        {
            if (await SpellingsAsync(directory) is { Count: > 0 } spellings)
            {
                await DropAsync(directory, spellings, onlyUnused: true);
            }
        }
    }

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

        var open = V2Names.Derived.Select(name => tree.KeptDocument(directory, name)).FirstOrDefault(f => f is not null && tree.IsBeingWritten(f));
        if (open is not null)
        {
            return new(V2Names.Shown(open.Name), Unfinished, IsInvalid: false);
        }

        var reading = await ShownAsync(directory);
        var (node, name) = await NodeAsync(directory, reading, withoutAttributes: false);
        if (node is null)
        {
            return name is null ? null : new(name, $"its {V2Node.ArrayFileName} or {V2Node.GroupFileName} has not been written yet", IsInvalid: false);
        }

        try
        {
            bool isSaid = node.ToV3(reading.Bytes.Span).AsSpan().SequenceEqual(reading.Bytes.Span);
            return isSaid ? null : new(name!, Unfinished, IsInvalid: false);
        }
        catch (ZarrFormatException e)
        {
            return new(name!, e.Message, IsInvalid: e is not NoFormException || reading.HasDocument);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _changing.Dispose();

    private bool IsKept(SessionDirectory directory, IEnumerable<string> names) => names.Any(name => tree.KeptDocument(directory, name) is not null);

    /// <summary>Runs one change of documents after the other.</summary>
    private async ValueTask<T> AloneAsync<T>(Func<ValueTask<T>> change)
    {
        await _changing.WaitAsync();
        try
        {
            return await change();
        }
        finally
        {
            _changing.Release();
        }
    }

    private async ValueTask<SessionFile?> KeepCoreAsync(SessionDirectory directory, string name)
    {
        if (tree.KeptDocument(directory, name) is { } kept)
        {
            return kept;
        }

        return (await ShownAsync(directory)).DocumentNamed(name) is { } bytes
            ? await PutKeptAsync(directory, name, bytes) ?? tree.KeptDocument(directory, name)
            : null;
    }

    /// <summary>Null if somebody has written that document in the meantime.</summary>
    private ValueTask<SessionFile?> PutKeptAsync(SessionDirectory directory, string name, ReadOnlyMemory<byte> bytes) => tree.PutFileAsync(
        directory, V2Names.Kept(name), bytes, () => tree.KeptDocument(directory, name) is null, CancellationToken.None);

    /// <summary>Whether there was something to be said, and it could be.</summary>
    private async ValueTask<bool> PublishCoreAsync(SessionDirectory directory, bool withoutAttributes)
    {
        while (true)
        {
            var reading = await ShownAsync(directory);
            var (node, _) = await NodeAsync(directory, reading, withoutAttributes);
            if (node is null)
            {
                return false;
            }

            byte[] document;
            try
            {
                document = node.ToV3((reading.HasDocument ? reading : Former(directory)).Bytes.Span);
            }
            catch (ZarrFormatException)
            {
                return false; // it stays as it is written, and status says what is wrong with it
            }

            if (HasOldEnd(node.Document) || HasOldEnd(node.Attributes))
            {
                await CutOldEndsAsync(directory);
            }

            if ((reading.HasDocument && reading.Bytes.Span.SequenceEqual(document))
                || await tree.PutFileAsync(directory, NodeDocument.FileName, document, () => tree.IsDocument(directory, reading), CancellationToken.None)
                    is not null
                || tree.StampOf(directory) is null) // a v3 tool may be writing it: if it closes it and has not, that publishes this
            {
                return true;
            }
        }
    }

    private static bool HasOldEnd(ReadOnlySpan<byte> document) => V2Node.LengthOf(document) < document.Length;

    /// <summary>Cuts off what is left of a longer document behind one that was written over it: here, it was a longer one than any tool had seen.</summary>
    private async ValueTask CutOldEndsAsync(SessionDirectory directory)
    {
        foreach (var kept in tree.KeptDocuments(directory, V2Names.DerivedKept))
        {
            try
            {
                var bytes = await ReadAllAsync(kept.File);
                int length = V2Node.LengthOf(bytes.Span);
                if (length < bytes.Length)
                {
                    await tree.TruncateAsync(kept.File, length, CancellationToken.None);
                }
            }
            catch (SessionException e) when (e.Errno == Errno.Stale)
            {
                // Somebody has replaced it: it is his to finish.
            }
        }
    }

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
    /// first, and what v2 cannot say of the node, the names of its chunks above all, is to stay.
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

    /// <summary>The node that the documents which v2 tools see describe, and the name of the one that what is kept is about.</summary>
    private ValueTask<(V2Node? Node, string? Name)> NodeAsync(SessionDirectory directory, V2Reading reading, bool withoutAttributes) =>
        SessionTree.FindAndReadAsync(directory, () => NodeCoreAsync(directory, reading, withoutAttributes));

    private async ValueTask<(V2Node? Node, string? Name)> NodeCoreAsync(SessionDirectory directory, V2Reading reading, bool withoutAttributes)
    {
        string? main = _kinds.FirstOrDefault(name => reading.Node?.FileName == name || tree.KeptDocument(directory, name) is not null);
        var keptAttributes = tree.KeptDocument(directory, V2Node.AttributesFileName);
        var keptMain = main is null ? null : tree.KeptDocument(directory, main);
        if (main is null || (keptMain is null && keptAttributes is null && !withoutAttributes))
        {
            return (null, keptAttributes is null ? null : V2Node.AttributesFileName);
        }

        var document = keptMain is null ? reading.Node!.Document : (await ReadAllAsync(keptMain)).ToArray();
        byte[]? attributes = keptAttributes is not null ? (await ReadAllAsync(keptAttributes)).ToArray()
            : withoutAttributes ? null
            : reading.Node?.Attributes;
        var kind = main == V2Node.ArrayFileName ? NodeKind.Array : NodeKind.Group;
        return (new V2Node(kind, document, attributes), keptMain is null ? V2Node.AttributesFileName : main);
    }

    /// <summary>The node loses one of its documents; whether it had it.</summary>
    private async ValueTask<bool> DetachCoreAsync(SessionDirectory directory, string name)
    {
        var reading = await ShownAsync(directory);
        if (reading.DocumentNamed(name) is null)
        {
            return false;
        }

        if (name != V2Node.AttributesFileName)
        {
            await KeepCoreAsync(directory, V2Node.AttributesFileName);
            await tree.UnlinkAsync(directory, NodeDocument.FileName, CancellationToken.None);
        }

        return true;
    }

    private async ValueTask DropAsync(SessionDirectory directory, List<KeptDocument> documents, bool onlyUnused) => await AloneAsync(async () =>
    {
        await tree.DropKeptAsync(directory, documents, onlyUnused);
        return true;
    });

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
