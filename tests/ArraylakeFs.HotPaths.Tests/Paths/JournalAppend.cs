using System.Globalization;
using ArraylakeFs.Sessions;

namespace ArraylakeFs.HotPaths.Tests.Paths;

/// <summary>Records one file that is created under another name and renamed, as most tools write: two transactions.</summary>
public sealed class JournalAppend : IHotPath
{
    private const ulong Directory = 1;

    private static readonly string[] _names = [.. Enumerable.Range(0, 4096).Select(i => i.ToString(CultureInfo.InvariantCulture))];

    private readonly string _folder = System.IO.Directory.CreateTempSubdirectory("arraylakefs-hot-").FullName;
    private readonly Journal _journal;
    private readonly Action<Journal> _create, _rename;
    private ulong _file = 1;

    public JournalAppend()
    {
        _journal = Journal.Open(Path.Combine(_folder, Journal.FileName));
        _create = journal =>
        {
            journal.PutNode(new NodeRow(_file, false, null, "staged", 0x1A4, 1));
            journal.PutEntry(Directory, "temporary", _file);
        };
        _rename = journal =>
        {
            journal.DeleteEntry(Directory, "temporary");
            journal.PutEntry(Directory, _names[_file % (ulong)_names.Length], _file);
        };
    }

    /// <inheritdoc/>
    public void Run()
    {
        _file++;
        _journal.Record(_create);
        _journal.Record(_rename);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _journal.Dispose();
        System.IO.Directory.Delete(_folder, recursive: true);
    }
}
