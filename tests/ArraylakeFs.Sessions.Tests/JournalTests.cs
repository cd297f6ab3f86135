using Microsoft.Data.Sqlite;

namespace ArraylakeFs.Sessions.Tests;

/// <summary>The journal on disk: what was recorded is there again, whole transactions only, and damage is told.</summary>
public sealed class JournalTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("arraylakefs-journal-").FullName;

    private string JournalPath => Path.Combine(_folder, "journal.sqlite");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void What_was_recorded_is_there_after_opening_it_again()
    {
        var file = new NodeRow(1 << 20, false, null, "000G40R40M30E209185G", 0b110_100_100, 1_700_000_000_123_456_700);
        var directory = new NodeRow((1 << 20) + 1, true, "1CECHNKREP0F1RSTCMT0:0::/a", null, 0b111_101_101, 42);
        using (var journal = Journal.Open(JournalPath))
        {
            journal.Record(j =>
            {
                j.PutNode(file);
                j.PutNode(directory);
                j.PutEntry(3, "zarr.json", file.Ino);
                j.PutEntry(3, "gone 🐳", null);
                j.PutValue("branch", "main");
            });
        }

        using var again = Journal.Open(JournalPath);
        Assert.Equal([file, directory], again.ReadNodes().OrderBy(n => n.Ino));
        Assert.Equal([new(3, "gone 🐳", null), new(3, "zarr.json", file.Ino)], again.ReadEntries().OrderBy(e => e.Name, StringComparer.Ordinal));
        Assert.Equal("main", again.ReadValues()["branch"]);
    }

    [Fact]
    public void A_transaction_that_fails_in_the_middle_leaves_nothing()
    {
        using var journal = Journal.Open(JournalPath);
        Assert.Throws<InvalidOperationException>(() => journal.Record(j =>
        {
            j.PutEntry(3, "half", null);
            throw new InvalidOperationException();
        }));
        Assert.Empty(journal.ReadEntries());
        journal.Record(j => j.PutEntry(3, "whole", null));
        Assert.Equal("whole", Assert.Single(journal.ReadEntries()).Name);
    }

    /// <summary>An fsync comes while a commit notes what it is about to do, and while others change names.</summary>
    [Fact]
    public void Flushes_and_transactions_of_many_threads_come_one_after_the_other()
    {
        const int Threads = 6, Count = 50;
        using (var journal = Journal.Open(JournalPath))
        {
            Parallel.For(0, Threads, new ParallelOptions { MaxDegreeOfParallelism = Threads }, thread =>
            {
                for (int i = 0; i < Count; i++)
                {
                    journal.Record(j => j.PutEntry((ulong)thread, $"{i}", null));
                    journal.Sync();
                }
            });
        }

        using var again = Journal.Open(JournalPath);
        Assert.Equal(Threads * Count, again.ReadEntries().Count);
    }

    [Fact]
    public void A_process_that_dies_without_closing_it_loses_nothing()
    {
        using var journal = Journal.Open(JournalPath);
        journal.Record(j => j.PutEntry(3, "kept", null));
        string copy = Path.Combine(_folder, "as-found-after-a-crash");
        Directory.CreateDirectory(copy);
        foreach (string path in Directory.GetFiles(_folder))
        {
            File.Copy(path, Path.Combine(copy, Path.GetFileName(path)));
        }

        using var found = Journal.Open(Path.Combine(copy, "journal.sqlite"));
        Assert.Equal("kept", Assert.Single(found.ReadEntries()).Name);
    }

    [Fact]
    public void Clearing_the_tree_keeps_the_values()
    {
        using var journal = Journal.Open(JournalPath);
        journal.Record(j =>
        {
            j.PutNode(new NodeRow(5, true, null, null, 0, 0));
            j.PutEntry(3, "a", 5);
            j.PutValue("id", "x");
            j.PutValue("pending_commit", "y");
        });
        journal.Record(j =>
        {
            j.ClearTree();
            j.PutValue("pending_commit", null);
        });
        Assert.Empty(journal.ReadNodes());
        Assert.Empty(journal.ReadEntries());
        Assert.Equal("x", Assert.Single(journal.ReadValues(), v => v.Key != "synced").Value);
    }

    [Fact]
    public void A_journal_of_a_newer_version_is_refused_with_the_way_out()
    {
        Journal.Open(JournalPath).Dispose();
        using (var connection = new SqliteConnection($"Data Source={JournalPath};Pooling=false"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA user_version = 99";
            command.ExecuteNonQuery();
        }

        var error = Assert.Throws<SessionException>(() => Journal.Open(JournalPath));
        Assert.Contains("newer arraylakefs", error.Message, StringComparison.Ordinal);
        Assert.Contains("--session", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_no_journal_is_named()
    {
        File.WriteAllText(JournalPath, new string('x', 8192));
        var error = Assert.Throws<SessionException>(() => Journal.Open(JournalPath));
        Assert.Contains(JournalPath, error.Message, StringComparison.Ordinal);
    }
}
