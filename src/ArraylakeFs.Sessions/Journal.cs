using Microsoft.Data.Sqlite;

namespace ArraylakeFs.Sessions;

/// <summary>
/// The session on disk: one SQLite database in WAL mode. Every change of a name is one transaction that has reached the
/// operating system when the call returns, so it survives <c>kill -9</c>; <see cref="Sync"/> makes it survive a power cut.
/// Bytes of files are not here: they are in the <see cref="StagingArea"/>, the journal names them.
/// Thread-safe: transactions and flushes come one after the other. Whoever holds a lock of the tree may call it, never the other way round.
/// </summary>
internal sealed class Journal : IDisposable
{
    /// <summary>Its name in the session's folder.</summary>
    public const string FileName = "journal.sqlite";

    private const int SchemaVersion = 1;

    /// <summary>Of a new journal: a change of a name writes three pages to the log, of which it needs a few dozen bytes.</summary>
    private const int PageBytes = 2048;

    /// <summary>
    /// After so many pages in the log, 32 MiB, SQLite takes it into the database, and waits for the disk three times; whoever changes a name
    /// waits for that.
    /// </summary>
    private const int CheckpointPages = 16_384;

    private const string Schema = """
        CREATE TABLE IF NOT EXISTS session (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
        -- A file or directory that exists because of this session. kind: 0 directory, 1 file.
        -- origin: what lies below it in a snapshot (see Origin.cs). staged: the name of its bytes in the staging area.
        CREATE TABLE IF NOT EXISTS node (
            ino INTEGER PRIMARY KEY, kind INTEGER NOT NULL, origin TEXT, staged TEXT, mode INTEGER NOT NULL, mtime INTEGER NOT NULL);
        -- A name in a directory. ino NULL: the name is gone, whatever lies below.
        CREATE TABLE IF NOT EXISTS entry (
            parent INTEGER NOT NULL, name TEXT NOT NULL, ino INTEGER, PRIMARY KEY (parent, name)) WITHOUT ROWID;
        -- Inode numbers, times and permission bits that committed files and directories have in this session, so that a commit changes none.
        -- tag: a fingerprint of the content that the time belongs to.
        CREATE TABLE IF NOT EXISTS kept (
            lower INTEGER PRIMARY KEY, ino INTEGER NOT NULL, mtime INTEGER NOT NULL, tag INTEGER NOT NULL, mode INTEGER NOT NULL);
        """;

    private readonly Lock _lock = new();
    private readonly SqliteConnection _connection;
    private readonly string _path;
    private readonly JournalStatement _begin, _commit, _rollback, _putNode, _deleteNode, _putEntry, _deleteEntry, _putKept, _deleteKept,
        _putValue, _deleteValue;

    private Journal(SqliteConnection connection, string path)
    {
        (_connection, _path) = (connection, path);
        _begin = new(connection, "BEGIN IMMEDIATE");
        _commit = new(connection, "COMMIT");
        _rollback = new(connection, "ROLLBACK");
        _putNode = new(connection, "INSERT OR REPLACE INTO node (ino, kind, origin, staged, mode, mtime) VALUES (?, ?, ?, ?, ?, ?)");
        _deleteNode = new(connection, "DELETE FROM node WHERE ino = ?");
        _putEntry = new(connection, "INSERT OR REPLACE INTO entry (parent, name, ino) VALUES (?, ?, ?)");
        _deleteEntry = new(connection, "DELETE FROM entry WHERE parent = ? AND name = ?");
        _putKept = new(connection, "INSERT OR REPLACE INTO kept (lower, ino, mtime, tag, mode) VALUES (?, ?, ?, ?, ?)");
        _deleteKept = new(connection, "DELETE FROM kept WHERE lower = ?");
        _putValue = new(connection, "INSERT OR REPLACE INTO session (key, value) VALUES (?, ?)");
        _deleteValue = new(connection, "DELETE FROM session WHERE key = ?");
    }

    /// <summary>Called before each transaction is committed: where tests make the disk fail.</summary>
    internal Action? BeforeCommit { get; set; }

    /// <summary>Opens or creates the journal at <paramref name="path"/>.</summary>
    public static Journal Open(string path)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = SqliteOpenMode.ReadWriteCreate,
            Pooling = false,
        }.ToString());
        try
        {
            connection.Open();
            long version = Convert.ToInt64(Scalar(connection, "PRAGMA user_version"));
            if (version > SchemaVersion)
            {
                throw new SessionException(Errno.InputOutput,
                    $"the journal {path} was written by a newer arraylakefs (schema {version}); upgrade, or mount with another --session");
            }

            Execute(connection, $"PRAGMA page_size = {PageBytes}; PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = {CheckpointPages};");
            Execute(connection, "PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 30000;");
            Execute(connection, Schema + $"PRAGMA user_version = {SchemaVersion};");
            return new Journal(connection, path);
        }
        catch (SqliteException e)
        {
            connection.Dispose();
            throw Failure(e, "cannot be opened", path);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Runs <paramref name="changes"/> as one transaction: all of it or nothing. Throws <see cref="SessionException"/>
    /// (EIO, or ENOSPC on a full disk) when it could not be recorded.
    /// </summary>
    public void Record(Action<Journal> changes)
    {
        lock (_lock)
        {
            try
            {
                _begin.Run();
                try
                {
                    changes(this);
                    BeforeCommit?.Invoke();
                    _commit.Run();
                }
                catch
                {
                    TryRollback();
                    throw;
                }
            }
            catch (SqliteException e)
            {
                throw Failure(e, "could not record the change");
            }
        }
    }

    /// <summary>Makes everything recorded so far survive a power cut.</summary>
    public void Sync()
    {
        lock (_lock)
        {
            SetSynchronous("FULL");
            try
            {
                Record(j => j.PutValue("synced", DateTime.UtcNow.Ticks.ToString()));
            }
            finally
            {
                SetSynchronous("NORMAL");
            }
        }
    }

    public void PutNode(in NodeRow row)
    {
        _putNode.Bind(1, row.Ino);
        _putNode.Bind(2, row.IsDirectory ? 0L : 1L);
        _putNode.Bind(3, row.Origin);
        _putNode.Bind(4, row.Staged);
        _putNode.Bind(5, (long)row.Mode);
        _putNode.Bind(6, row.MtimeNs);
        _putNode.Run();
    }

    public void DeleteNode(ulong ino)
    {
        _deleteNode.Bind(1, ino);
        _deleteNode.Run();
    }

    /// <summary>Records a name; <paramref name="ino"/> null records that it is gone.</summary>
    public void PutEntry(ulong parent, string name, ulong? ino)
    {
        _putEntry.Bind(1, parent);
        _putEntry.Bind(2, name);
        _putEntry.Bind(3, (long?)ino);
        _putEntry.Run();
    }

    public void DeleteEntry(ulong parent, string name)
    {
        _deleteEntry.Bind(1, parent);
        _deleteEntry.Bind(2, name);
        _deleteEntry.Run();
    }

    public void PutKept(ulong lower, in KeptRow row)
    {
        _putKept.Bind(1, lower);
        _putKept.Bind(2, row.Ino);
        _putKept.Bind(3, row.MtimeNs);
        _putKept.Bind(4, row.Tag);
        _putKept.Bind(5, (long)row.Mode);
        _putKept.Run();
    }

    /// <summary>Sets a value of the session itself; null removes it.</summary>
    public void PutValue(string key, string? value)
    {
        var statement = value is null ? _deleteValue : _putValue;
        statement.Bind(1, key);
        if (value is not null)
        {
            statement.Bind(2, value);
        }

        statement.Run();
    }

    /// <summary>Forgets all files and names (the values and kept attributes stay).</summary>
    public void ClearTree() => Execute(_connection, "DELETE FROM entry; DELETE FROM node;");

    public void DeleteKept(ulong lower)
    {
        _deleteKept.Bind(1, lower);
        _deleteKept.Run();
    }

    /// <summary>Forgets the kept attributes.</summary>
    public void ClearKept() => Execute(_connection, "DELETE FROM kept;");

    public Dictionary<string, string> ReadValues()
    {
        var values = new Dictionary<string, string>();
        Query("SELECT key, value FROM session", r => values[r.GetString(0)] = r.GetString(1));
        return values;
    }

    public List<NodeRow> ReadNodes()
    {
        var rows = new List<NodeRow>();
        Query("SELECT ino, kind, origin, staged, mode, mtime FROM node", r => rows.Add(new NodeRow(
            (ulong)r.GetInt64(0), r.GetInt64(1) == 0, r.IsDBNull(2) ? null : r.GetString(2), r.IsDBNull(3) ? null : r.GetString(3),
            (uint)r.GetInt64(4), r.GetInt64(5))));
        return rows;
    }

    public List<EntryRow> ReadEntries()
    {
        var rows = new List<EntryRow>();
        Query("SELECT parent, name, ino FROM entry", r => rows.Add(
            new EntryRow((ulong)r.GetInt64(0), r.GetString(1), r.IsDBNull(2) ? null : (ulong)r.GetInt64(2))));
        return rows;
    }

    public Dictionary<ulong, KeptRow> ReadKept()
    {
        var rows = new Dictionary<ulong, KeptRow>();
        Query("SELECT lower, ino, mtime, tag, mode FROM kept", r => rows[(ulong)r.GetInt64(0)] =
            new KeptRow((ulong)r.GetInt64(1), r.GetInt64(2), (ulong)r.GetInt64(3), (uint)r.GetInt64(4)));
        return rows;
    }

    public void Dispose()
    {
        foreach (var statement in new[]
                 {
                     _begin, _commit, _rollback, _putNode, _deleteNode, _putEntry, _deleteEntry, _putKept, _deleteKept, _putValue, _deleteValue,
                 })
        {
            statement.Dispose();
        }

        _connection.Dispose();
    }

    private void TryRollback()
    {
        try
        {
            _rollback.Run();
        }
        catch (SqliteException)
        {
            // SQLite has rolled back by itself after some errors (disk full, I/O); the first error is the one to tell.
        }
    }

    private void Query(string sql, Action<SqliteDataReader> row)
    {
        try
        {
            using var command = _connection.CreateCommand();
#pragma warning disable CA2100 // the texts are constants
            command.CommandText = sql;
#pragma warning restore CA2100
            using var reader = command.ExecuteReader();
            while (reader.Read())
            {
                row(reader);
            }
        }
        catch (Exception e) when (e is SqliteException or InvalidCastException or InvalidOperationException)
        {
            throw Failure(e, "cannot be read");
        }
    }

    /// <summary>SQLite obeys this pragma when it compiles it, not when it runs it: it cannot be prepared once for all.</summary>
    private void SetSynchronous(string level)
    {
        try
        {
            Execute(_connection, $"PRAGMA synchronous = {level}");
        }
        catch (SqliteException e)
        {
            throw Failure(e, "could not be flushed to the disk");
        }
    }

    private SessionException Failure(Exception e, string what) => Failure(e, what, _path);

    private static SessionException Failure(Exception e, string what, string path) => new(
        e is SqliteException { SqliteErrorCode: SQLitePCL.raw.SQLITE_FULL } ? Errno.NoSpace : Errno.InputOutput,
        $"the session journal {path} {what}: {e.Message}", e);

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    private static object? Scalar(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100
        command.CommandText = sql;
#pragma warning restore CA2100
        return command.ExecuteScalar();
    }
}
