using ArraylakeFs.Icechunk;
using ArraylakeFs.Repository;
using ArraylakeFs.Zarr;

namespace ArraylakeFs.Sessions;

// The chunks of one array: which coordinates were written or deleted.
internal sealed partial class ChangeCollector
{
    /// <summary>
    /// Collects the chunk changes of the array that the directory at <paramref name="path"/> is; <paramref name="was"/> is the same node
    /// in the snapshot, null if it is new.
    /// </summary>
    private async Task VisitChunksAsync(SessionDirectory directory, string path, ArrayMetadata array, ObjectId8 id, Node? was)
    {
        var before = was is null ? null : await _base.ChunksAsync(was, _cancellationToken);
        bool sameNames = was?.Array is { } old && old.KeyEncoding == array.KeyEncoding && old.Rank == array.Rank;
        var visit = new ArrayVisit(id, array, sameNames ? before : null, sameNames ? was : null) { HasSameNames = sameNames };
        if (before is not null && !sameNames && was!.Array?.Rank == array.Rank)
        {
            // The files keep their names, so each is another chunk from now on, or none. (Of another rank, none is kept anyway.)
            foreach (var (coordinates, _) in before.All())
            {
                visit.Changes[coordinates] = null;
            }
        }

        await VisitKeysAsync(visit, directory, 0, [], path);
        _chunks.Add((path, visit));
        foreach (var (coordinates, file) in visit.Changes)
        {
            if (file is null)
            {
                ChangesOf(id).Add(new ChunkChange(coordinates, null));
            }
            else if (file is SessionFile written)
            {
                _changes.Chunks.Add(new(id, coordinates, written));
            }
            else
            {
                ChangesOf(id).Add(new ChunkChange(coordinates, new ChunkPayload.Existing((ChunkReference)file)));
            }
        }
    }

    private List<ChunkChange> ChangesOf(ObjectId8 array) =>
        _changes.Set.Chunks.TryGetValue(array, out var list) ? list : _changes.Set.Chunks[array] = [];

    /// <summary>Visits a directory of chunk keys: <paramref name="part"/> parts lead to it and fix <paramref name="prefix"/>.</summary>
    private async Task VisitKeysAsync(ArrayVisit visit, SessionDirectory directory, int part, uint[] prefix, string path)
    {
        bool isInPlace = visit.IsInPlace(directory.Origin, part, prefix);
        if (!isInPlace && directory.Origin is { } foreign)
        {
            await AdoptAsync(visit, foreign, part, prefix, path, directory.Upper.ContainsKey);
        }

        foreach (var (name, node) in _tree.Changed(directory))
        {
            if (!visit.TryParsePart(part, name, prefix, out uint[] coordinates))
            {
                if (part > 0)
                {
                    await VisitForeignAsync(node, path, name);
                }

                continue; // beside the keys: the caller sees to it
            }

            bool isChunk = part + 1 == visit.KeyParts;
            if (isInPlace && !(node is SessionDirectory { Origin: var o } && visit.IsInPlace(o, part + 1, coordinates)))
            {
                visit.DeleteBelow(coordinates);
            }

            switch (node)
            {
                case SessionFile file when isChunk:
                    await AddChunkAsync(visit, coordinates, file, path, name);
                    break;
                case SessionDirectory below when !isChunk && !IsOfNode(below):
                    await VisitKeysAsync(visit, below, part + 1, coordinates, SnapshotTree.Join(path, name));
                    break;
                case SessionFile file:
                    AddLoose(path, name, file, "a directory of chunks should have this name");
                    break;
                case SessionDirectory below when part > 0:
                    await VisitAsync(below, SnapshotTree.Join(path, name), Above.Array);
                    break;
            }
        }
    }

    private async Task VisitForeignAsync(SessionNode? node, string path, string name)
    {
        if (node is SessionDirectory directory)
        {
            await VisitAsync(directory, SnapshotTree.Join(path, name), Above.Array);
        }
        else if (node is SessionFile file)
        {
            AddLoose(path, name, file, LooseReason(name, ReasonOutside(Above.Array)));
        }
    }

    /// <summary>Why a file is loose that nothing explains: it says so itself, or it is where it is.</summary>
    private static string LooseReason(string name, string otherwise) =>
        name.EndsWith(".partial", StringComparison.Ordinal) || name.EndsWith(".__lock", StringComparison.Ordinal)
            ? "a temporary file of a tool that did not finish"
            : V2Names.IsDocument(name) ? $"a document of Zarr v2: such are written in {V2Names.RootName}"
            : otherwise;

    private static string ReasonOutside(Above above) =>
        above == Above.Array ? "not part of an array" : "not part of a Zarr v3 hierarchy, or its zarr.json has not been written yet";

    private async ValueTask AddChunkAsync(ArrayVisit visit, uint[] coordinates, SessionFile file, string path, string name)
    {
        if (_isToCommit ? !await _tree.TryPartFromKernelAsync(file, _cancellationToken) : _tree.IsBeingWritten(file))
        {
            AddLoose(path, name, file, "not finished");
            _changes.UnfinishedChunks.Add((visit.Id, coordinates));
            if (visit.Before is not null)
            {
                visit.Changes.Remove(coordinates); // what is committed there stays until it is
            }
        }
        else if (!visit.Array.Contains(coordinates))
        {
            AddLoose(path, name, file, visit.Outside);
        }
        else if (visit.Before is { } before && before.TryFind(coordinates, out var old) && await _tree.IsSameAsync(file, new ChunkContent(old)))
        {
            visit.Changes.Remove(coordinates); // the very chunk that is committed there
        }
        else
        {
            Change(visit, coordinates, file, _tree.Status(file).Size, path, name);
        }
    }

    /// <summary>A chunk is new at these coordinates, if it can be one.</summary>
    private void Change(ArrayVisit visit, uint[] coordinates, object chunk, long size, string path, string name)
    {
        string? reason = size == 0 ? "a chunk cannot be empty"
            : visit.Array.ChunkBytes(coordinates) is { } expected && size != expected
                ? $"it has {Bytes(size)}, and a chunk of this array has {Bytes(expected)}"
            : null;
        if (reason is null)
        {
            visit.Changes[coordinates] = chunk;
        }
        else
        {
            visit.Changes.Remove(coordinates); // it stops the commit, and so deletes nothing
            _invalid.Add(new(Show(path, name), reason));
        }
    }

    private static string Bytes(long count) => count == 1 ? "1 byte" : $"{count} bytes";

    /// <summary>Takes over chunks whose committed files now lie, by their names, at these coordinates. No byte of them is read.</summary>
    private async Task AdoptAsync(
        ArrayVisit visit, LowerDirectory directory, int part, uint[] prefix, string path, Func<string, bool> isHidden)
    {
        foreach (var item in await directory.Tree.ListAsync(directory, _cancellationToken))
        {
            if (isHidden(item.Name) || item.Kind == LowerKind.Document || (item.Kind == LowerKind.Directory && !item.Directory.IsChunks))
            {
                continue;
            }

            if (!visit.TryParsePart(part, item.Name, prefix, out uint[] coordinates))
            {
                AddLoose(path, item.Name, null, "no chunk of its array has this name");
                continue;
            }

            bool isChunk = part + 1 == visit.KeyParts;
            if (item.Kind == LowerKind.Directory && !isChunk)
            {
                await AdoptAsync(visit, item.Directory, part + 1, coordinates, SnapshotTree.Join(path, item.Name), _ => false);
            }
            else if (item.Kind == LowerKind.Chunk && isChunk && visit.Array.Contains(coordinates))
            {
                var chunk = ((ChunkContent)item.Content!).Chunk;
                Change(visit, coordinates, chunk, chunk.Length, path, item.Name);
            }
            else if (item.Kind == LowerKind.Chunk)
            {
                AddLoose(path, item.Name, null, visit.Outside);
            }
        }
    }

    /// <summary>One array while its chunks are collected.</summary>
    private sealed class ArrayVisit(ObjectId8 id, ArrayMetadata array, ArrayChunks? before, Node? was)
    {
        public ObjectId8 Id { get; } = id;

        public ArrayMetadata Array { get; } = array;

        /// <summary>The chunks of the same array under the same names in the snapshot; null if there is no such thing.</summary>
        public ArrayChunks? Before { get; } = before;

        /// <summary>Whether the array is in the snapshot, and calls its chunks the same there.</summary>
        public bool HasSameNames { get; init; }

        /// <summary>Why a chunk beyond the grid is not committed.</summary>
        public string Outside => $"outside the array, whose shape is ({string.Join(", ", Array.Shape)})";

        public int KeyParts { get; } = array.KeyEncoding.KeyParts(array.Rank);

        /// <summary>By coordinates: a <see cref="SessionFile"/>, a <see cref="ChunkReference"/>, or null for a deleted chunk.</summary>
        public Dictionary<uint[], object?> Changes { get; } = new(CoordinatesComparer.Instance);

        /// <summary>Whether the committed files of a directory are, by their names, what they were.</summary>
        public bool IsInPlace(LowerDirectory? origin, int part, uint[] prefix) =>
            was is not null && ReferenceEquals(origin?.Node, was) && origin.KeyParts == part && origin.Prefix.SequenceEqual(prefix);

        public bool TryParsePart(int part, string name, uint[] prefix, out uint[] coordinates)
        {
            uint[] all = new uint[Array.Rank];
            prefix.CopyTo(all, 0);
            bool isPart = !(part == 0 && name == NodeDocument.FileName) && Array.KeyEncoding.TryParsePart(part, name, Array.Rank, all);
            coordinates = isPart ? all[..Array.KeyEncoding.CoordinatesFixedBy(part + 1, Array.Rank)] : [];
            return isPart;
        }

        /// <summary>The committed chunks at or below these coordinates are gone.</summary>
        public void DeleteBelow(uint[] coordinates)
        {
            if (Before is null)
            {
                return;
            }

            if (coordinates.Length == Array.Rank)
            {
                if (Before.TryFind(coordinates, out _))
                {
                    Changes[coordinates] = null;
                }

                return;
            }

            foreach (uint next in Before.ChildCoordinates(coordinates))
            {
                DeleteBelow([.. coordinates, next]);
            }
        }
    }

    private sealed class CoordinatesComparer : IEqualityComparer<uint[]>
    {
        public static readonly CoordinatesComparer Instance = new();

        public bool Equals(uint[]? x, uint[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(uint[] coordinates)
        {
            var hash = new HashCode();
            foreach (uint c in coordinates)
            {
                hash.Add(c);
            }

            return hash.ToHashCode();
        }
    }
}
