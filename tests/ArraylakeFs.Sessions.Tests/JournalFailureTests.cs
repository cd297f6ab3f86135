using ArraylakeFs.Repository;
using ArraylakeFs.Storage;
using Microsoft.Data.Sqlite;

namespace ArraylakeFs.Sessions.Tests;

/// <summary>The disk below the journal fails: a change that it cannot take did not happen, in memory as little as on the disk.</summary>
public sealed class JournalFailureTests : IDisposable
{
    private const uint Mode = 0b111_101_101;
    private const int DiskFull = 13;

    private readonly string _folder = Directory.CreateTempSubdirectory("arraylakefs-session-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_change_that_the_journal_cannot_take_did_not_happen()
    {
        await using var repository = await ZarrRepository.CreateAsync(new MemoryObjectStore(), default);
        await using (var session = await OpenAsync(repository))
        {
            var (tree, root) = (session.Tree, await RootAsync(session));
            await tree.MakeDirectoryAsync(root, "a", Mode, default);
            tree.Close((await tree.CreateFileAsync(root, "f", Mode, exclusive: true, write: true, default)).Handle);
            var file = (SessionFile)(await tree.FindPinnedAsync(root, "f", default))!;

            session.Journal.BeforeCommit = () => throw new SqliteException("database or disk is full", DiskFull);
            Func<Task>[] changes =
            [
                () => tree.MakeDirectoryAsync(root, "b", Mode, default).AsTask(),
                () => tree.CreateFileAsync(root, "g", Mode, exclusive: false, write: true, default).AsTask(),
                () => tree.RenameAsync(root, "a", root, "c", noReplace: false, exchange: false, default).AsTask(),
                () => tree.RemoveDirectoryAsync(root, "a", default).AsTask(),
                () => tree.UnlinkAsync(root, "f", default).AsTask(),
                () => tree.LinkAsync(file, root, "h", default).AsTask(),
                () => tree.SetAttributesAsync(root, 1, null).AsTask(),
                () => session.DiscardAllAsync(default),
                () => session.DiscardAsync("a", default),
            ];
            foreach (var change in changes)
            {
                Assert.Equal(Errno.NoSpace, (await Assert.ThrowsAsync<SessionException>(change)).Errno);
                Assert.Equal(["a", "f"], await NamesAsync(session));
            }

            Assert.Single(Directory.GetFiles(Path.Combine(_folder, "staging"))); // that of f
            session.Journal.BeforeCommit = null;
            await tree.MakeDirectoryAsync(root, "b", Mode, default);
            tree.Unpin(file);
        }

        await using var again = await OpenAsync(repository);
        Assert.Equal(["a", "b", "f"], await NamesAsync(again));
    }

    [Fact]
    public async Task A_copy_that_the_journal_cannot_take_leaves_both_files_as_they_were()
    {
        await using var repository = await ZarrRepository.CreateAsync(new MemoryObjectStore(), default);
        await using (var session = await OpenAsync(repository))
        {
            var (tree, root) = (session.Tree, await RootAsync(session));
            var source = (await tree.CreateFileAsync(root, "source", Mode, exclusive: true, write: true, default)).Handle;
            await tree.WriteAsync(source, 0, "bytes"u8.ToArray(), default);
            tree.Flush(source);
            var target = (await tree.CreateFileAsync(root, "target", Mode, exclusive: true, write: true, default)).Handle;
            var before = (tree.Status(source.File), tree.Status(target.File));
            session.Journal.BeforeCommit = () => throw new SqliteException("database or disk is full", DiskFull);
            var refused = await Assert.ThrowsAsync<SessionException>(() => tree.TryShareAsync(target, source, long.MaxValue, isAsOpened: false).AsTask());
            Assert.Equal(Errno.NoSpace, refused.Errno);
            Assert.Equal(before, (tree.Status(source.File), tree.Status(target.File)));
            Assert.Equal(2, Directory.GetFiles(Path.Combine(_folder, "staging")).Length);
            session.Journal.BeforeCommit = null;
            await tree.WriteAsync(target, 0, "other"u8.ToArray(), default);
            await tree.WriteAsync(source, 0, "B"u8.ToArray(), default);
            tree.Close(source);
            tree.Close(target);
        }

        await using var again = await OpenAsync(repository);
        Assert.Equal("Bytes", await TextAsync(again, "source"));
        Assert.Equal("other", await TextAsync(again, "target"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_commit_that_the_session_cannot_follow_is_made_and_followed_later(bool reopens)
    {
        const string Copies = """,  "consolidated_metadata": {"kind": "inline", "must_understand": false, "metadata": {}}""";
        const string Bare = """{"zarr_format": 3, "node_type": "group", "attributes": {"a": 1}""";
        await using var repository = await ZarrRepository.CreateAsync(new MemoryObjectStore(), default);
        var session = await OpenAsync(repository);
        try
        {
            var (tree, root) = (session.Tree, await RootAsync(session));
            var document = (await tree.CreateFileAsync(root, "zarr.json", Mode, exclusive: true, write: true, default)).Handle;
            await tree.WriteAsync(document, 0, System.Text.Encoding.UTF8.GetBytes(Bare + Copies + "}"), default);
            tree.Close(document);
            await tree.V2.KeepAsync(root, ".zattrs"); // what says nothing else is to go with the commit
            session.Journal.BeforeCommit = () =>
            {
                if (session.LastCommit is not null)
                {
                    throw new SqliteException("database or disk is full", DiskFull);
                }
            };
            var id = await session.CommitAsync("made", default);
            Assert.True((await repository.ReferencesAsync(default)).Contains(id));
            Assert.Equal(Errno.InputOutput, (await Assert.ThrowsAsync<SessionException>(() => session.DiscardAllAsync(default))).Errno);
            session.Journal.BeforeCommit = null;
            if (reopens)
            {
                await session.DisposeAsync();
                session = await OpenAsync(repository);
            }

            Assert.True((await session.StateAsync(default)).Changes.IsEmpty);
            Assert.Equal(Bare + "}", await TextAsync(session, "zarr.json"));
            Assert.Equal(id, session.Base);
            Assert.Single(Directory.GetFiles(Path.Combine(_folder, "staging"))); // that of .zattrs
        }
        finally
        {
            await session.DisposeAsync();
        }
    }

    private Task<Session> OpenAsync(ZarrRepository repository) => Session.OpenAsync(new SessionSettings(_folder, "org/repo"), repository, default);

    private static async Task<SessionDirectory> RootAsync(Session session) =>
        (SessionDirectory)(await session.Tree.FindPinnedAsync(session.Tree.Top, SnapshotTree.RootName, default))!;

    private static async Task<string> TextAsync(Session session, string name)
    {
        var file = (SessionFile)(await session.Tree.FindPinnedAsync(await RootAsync(session), name, default))!;
        return System.Text.Encoding.UTF8.GetString((await session.Tree.ReadAllAsync(file, 1000, default)).Span);
    }

    private static async Task<string[]> NamesAsync(Session session) =>
        [.. (await session.Tree.ListAsync(await RootAsync(session), default)).Select(item => item.Name).Order(StringComparer.Ordinal)];
}
