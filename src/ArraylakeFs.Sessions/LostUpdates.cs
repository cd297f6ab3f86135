using System.Buffers;
using System.Runtime.InteropServices;

namespace ArraylakeFs.Sessions;

/// <summary>
/// Notices when a process changes a file from what it read before another process changed it too, so that one of the two changes is gone: what
/// two Zarr tools do to a chunk of which each wants to write a part. Files are known by where they are, for tools replace them. A change
/// uses up what its process had read: whoever writes again without reading overwrites on purpose.
/// <para>
/// Remembers so many files and readers and no more; what is forgotten is not noticed. Guarded by the tree's lock.
/// </para>
/// </summary>
internal sealed class LostUpdates
{
    private const int MaxFiles = 8192, MaxReaders = 8, MaxFound = 1000;

    /// <summary>The version that somebody has seen who has removed another since.</summary>
    private const int Outdated = -1;

    private static readonly SearchValues<char> NameCharacters = SearchValues.Create("0123456789.");

    private readonly List<Found> _found = [];
    private Dictionary<(ulong Directory, string Name), History> _recent = [], _older = [];

    /// <summary>Whether a file of this name can be a chunk of some array: <c>0</c>, <c>0.1</c>, <c>c</c>, <c>c.0.1</c>.</summary>
    public static bool IsChunkName(ReadOnlySpan<char> name)
    {
        if (name is ['c', .. var rest])
        {
            if (rest.IsEmpty)
            {
                return true;
            }

            if (rest[0] != '.')
            {
                return false;
            }

            name = rest[1..];
        }

        return name.Length > 0 && !name.ContainsAnyExcept(NameCharacters) && name[0] != '.' && name[^1] != '.';
    }

    /// <summary>A process has seen what a file holds now.</summary>
    public void Read(SessionDirectory directory, string name, int process) => Read(HistoryOf(directory, name), process);

    /// <summary>A process has seen that a file is not there; that is no news to whoever has removed it.</summary>
    public void Missed(SessionDirectory directory, string name, int process)
    {
        var history = HistoryOf(directory, name);
        if (!history.Readers.Contains((process, Outdated)))
        {
            Read(history, process);
        }
    }

    private static void Read(History history, int process)
    {
        history.Readers.RemoveAll(reader => reader.Process == process);
        if (history.Readers.Count == MaxReaders)
        {
            history.Readers.RemoveAt(0);
        }

        history.Readers.Add((process, history.Version));
    }

    /// <summary>A process has given a file another content.</summary>
    public void Written(SessionDirectory directory, string name, int process)
    {
        var history = HistoryOf(directory, name);
        int index = history.Readers.FindIndex(reader => reader.Process == process);
        if (index >= 0)
        {
            if (history.Readers[index].Version != history.Version && history.Writer != process)
            {
                _found.RemoveAll(found => found.Directory == directory && found.Name == name);
                _found.Add(new Found(directory, name, process, history.Writer));
                _found.RemoveRange(0, Math.Max(0, _found.Count - MaxFound));
            }

            history.Readers.RemoveAt(index);
        }

        (history.Version, history.Writer) = (history.Version + 1, process);
    }

    /// <summary>A process has removed a file. That is a change; but whoever removes a file means to, unless it goes on to write it.</summary>
    public void Removed(SessionDirectory directory, string name, int process)
    {
        var history = HistoryOf(directory, name);
        int index = history.Readers.FindIndex(reader => reader.Process == process);
        bool isOutdated = index >= 0 && history.Readers[index].Version != history.Version && history.Writer != process;
        (history.Version, history.Writer) = (history.Version + 1, isOutdated ? history.Writer : process);
        if (index >= 0)
        {
            history.Readers[index] = (process, isOutdated ? Outdated : history.Version);
        }

        _found.RemoveAll(found => found.Directory == directory && found.Name == name);
    }

    /// <summary>What was found and is still so.</summary>
    public IReadOnlyList<Found> All(Predicate<Found> isStill)
    {
        _found.RemoveAll(found => !isStill(found));
        return [.. _found];
    }

    /// <summary>What was read before counts no more.</summary>
    public void Forget()
    {
        _recent.Clear();
        _older.Clear();
    }

    private History HistoryOf(SessionDirectory directory, string name)
    {
        var key = (directory.InodeNumber, name);
        ref var history = ref CollectionsMarshal.GetValueRefOrAddDefault(_recent, key, out bool isRecent);
        if (isRecent)
        {
            return history!;
        }

        var known = history = _older.GetValueOrDefault(key) ?? new History();
        if (_recent.Count >= MaxFiles / 2)
        {
            (_recent, _older) = ([], _recent);
        }

        return known;
    }

    /// <summary>A change that may have undone another.</summary>
    /// <param name="Directory">Where the file is.</param>
    /// <param name="Name">Its name there.</param>
    /// <param name="Process">Who changed it without having read what is below.</param>
    /// <param name="Over">Who had changed it before.</param>
    public readonly record struct Found(SessionDirectory Directory, string Name, int Process, int Over);

    private sealed class History
    {
        public int Version { get; set; }

        /// <summary>Who made this version.</summary>
        public int Writer { get; set; }

        /// <summary>Which version a process has seen that has not written since.</summary>
        public List<(int Process, int Version)> Readers { get; } = new(1);
    }
}

/// <summary>A chunk that a process wrote from what it held before another process wrote it: what that had changed may be lost.</summary>
/// <param name="Path">The path below the root directory.</param>
/// <param name="Process">The process that wrote later.</param>
/// <param name="Over">The process that had written before.</param>
public sealed record LostUpdate(string Path, int Process, int Over);
