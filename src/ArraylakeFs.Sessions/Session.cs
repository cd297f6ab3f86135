using System.Globalization;
using ArraylakeFs.Icechunk;
using ArraylakeFs.Repository;
using ArraylakeFs.Storage;
using ArraylakeFs.Zarr;

namespace ArraylakeFs.Sessions;

/// <summary>
/// What one user does to one repository until it is committed: a branch, the commit it started from, and every change since, in a
/// journal on disk. <see cref="Tree"/> is where files change; here are the commands. Commands run one at a time.
/// </summary>
public sealed partial class Session : IAsyncDisposable
{
    private const string StartedKey = "started_at", BranchKey = "branch", ShownKey = "checked_out", BirthKey = "repository_created";

    internal const string IdKey = "id", LastCommitKey = "last_commit", LastParentKey = "last_commit_parent";

    /// <summary>The commits that a session stands on, and is making.</summary>
    internal const string BaseKey = "base", PendingKey = "pending_commit";

    /// <summary>Which repository the session is of, by the name of its store.</summary>
    internal const string RepositoryKey = "repository";

    /// <summary>Who waits for a command looks that often whether it is a commit, of which there is something to say.</summary>
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(20);

    internal const string ShownSinceKey = "shown_since";

    private readonly SessionSettings _settings;
    private readonly SessionLock _lock;
    private readonly Journal _journal;
    private readonly StagingArea _staging;
    private readonly SemaphoreSlim _command = new(1, 1);
    private volatile CommitProgress? _committing; // whoever makes a commit has _command
    private ObjectId12? _pending;
    private bool _isAbsorbed;
    private bool _isRebaseUnrecorded;
    private bool _isReplaced; // names stand for something else than before, and nobody has been told

    private Session(SessionSettings settings, ZarrRepository repository, SessionLock held, Journal journal, StagingArea staging, string id)
    {
        (_settings, Repository, _lock, _journal, _staging, Id) = (settings, repository, held, journal, staging, id);
        Tree = new SessionTree(journal, staging, repository);
    }

    /// <summary>Another tree stands in place of the one that was shown, or part of it: what a host cached of it is void.</summary>
    public event Func<ValueTask>? TreeReplaced;

    /// <summary>The repository.</summary>
    public ZarrRepository Repository { get; }

    /// <summary>The files.</summary>
    public SessionTree Tree { get; }

    internal Journal Journal => _journal;

    /// <summary>Names the session.</summary>
    public string Id { get; }

    /// <summary>When it was opened for the first time.</summary>
    public DateTimeOffset StartedAt { get; private set; }

    /// <summary>The branch that commits go to; null where a tag or commit is checked out.</summary>
    public string? Branch { get; private set; }

    /// <summary>The commit below.</summary>
    public ObjectId12 Base { get; private set; }

    /// <summary>What was asked to be checked out: a branch, tag or commit id.</summary>
    public string CheckedOut { get; private set; } = "";

    /// <summary>The newest commit made in this session; null if there is none.</summary>
    public ObjectId12? LastCommit { get; private set; }

    /// <summary>Opens a session, new or with all that its journal holds. Errors: <see cref="SessionException"/>.</summary>
    public static async Task<Session> OpenAsync(SessionSettings settings, ZarrRepository repository, CancellationToken cancellationToken)
    {
        PrivateFolder.Create(settings.Folder);
        var held = SessionLock.Take(settings.Folder);
        Journal? journal = null;
        try
        {
            journal = Journal.Open(Path.Combine(settings.Folder, Journal.FileName));
            var values = journal.ReadValues();
            string id = values.GetValueOrDefault(IdKey) ?? ObjectId12.New().ToString();
            // Not a file is made in a repository of version 1, and a migration does not make this session one that can.
            bool isVersion1 = (await repository.ReferencesAsync(cancellationToken)).SpecVersion == IcechunkFile.SpecVersion1;
            settings = settings with { ReadOnly = settings.ReadOnly || isVersion1 };
            using var heldOff = await SessionClaim.HoldOffHousekeepingAsync(repository, settings, cancellationToken);
            var staging = new StagingArea(StagingFolders.Of(settings, repository.Store.Local, id), repository.Store);
            SessionClaim.Put(repository.Store.Local, settings, id);
            var session = new Session(settings, repository, held, journal, staging, id);
            await session.LoadAsync(values, cancellationToken);
            return session;
        }
        catch (Exception e)
        {
            journal?.Dispose();
            held.Dispose();
            throw e is RepositoryException or StorageException or FormatException or KeyNotFoundException
                ? new SessionException(Errno.InputOutput, $"the session in {settings.Folder} cannot be resumed: {e.Message}", e) : e;
        }
    }

    /// <summary>Where the session stands and what it changed. Waits for no commit: while one is being made, it says how far that is.</summary>
    public async Task<SessionState> StateAsync(CancellationToken cancellationToken)
    {
        if (_committing is { } committing)
        {
            return StateWhile(committing);
        }

        await TryPublishAllAgainAsync();
        while (!await _command.WaitAsync(LookAgain, cancellationToken))
        {
            if (_committing is { } begun)
            {
                return StateWhile(begun);
            }
        }

        try
        {
            using var frozen = await Tree.FreezeAsync();
            var references = await Repository.ReferencesAsync(cancellationToken);
            await SettlePendingAsync(references);
            var changes = await ChangeCollector.CollectAsync(Tree, cancellationToken);
            bool hasTip = references.TryGetBranch(Branch ?? "", out var tip) && Branch is not null; // "" can be a name
            int behind = hasTip && tip != Base ? references.Ancestry(tip).TakeWhile(c => c.Id != Base).Count() : 0;
            return new SessionState(_settings.RepositoryName, Id, StartedAt, Branch, Base, CheckedOut, Tree.ReadOnlyReason, changes,
                await DiffOfAsync(changes, cancellationToken), behind, Branch is not null && !hasTip,
                behind > 0 ? await ConflictsAsync(references, changes, cancellationToken) : [], IsLost(references), Tree.LostUpdatesNow());
        }
        finally
        {
            _command.Release();
            await RaiseIfReplacedAsync();
        }
    }

    private SessionState StateWhile(CommitProgress committing) => new(_settings.RepositoryName, Id, StartedAt, Branch, Base, CheckedOut,
        Tree.ReadOnlyReason, new SessionChanges(() => []), new VersionDiff([]), 0, false, [], false, []) { Committing = committing };

    /// <summary>Drops all uncommitted changes.</summary>
    public async Task DiscardAllAsync(CancellationToken cancellationToken)
    {
        await _command.WaitAsync(cancellationToken);
        try
        {
            using (await Tree.FreezeAsync())
            {
                await SettlePendingAsync(null);
                await Tree.ResetAsync(Base, _ => { });
            }
        }
        finally
        {
            _command.Release();
        }

        await RaiseAsync(TreeReplaced);
    }

    /// <summary>
    /// Drops the uncommitted changes at and below a path. ENOENT if there are none, EINVAL for no path, and for the old place of something
    /// that was moved.
    /// </summary>
    public async Task DiscardAsync(string path, CancellationToken cancellationToken)
    {
        string[] parts = [.. path.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(part => part != ".")];
        if (parts is [SnapshotTree.RootName or V2Names.RootName, ..])
        {
            parts = parts[1..]; // as a shell completes it
        }

        if (parts.Length == 0)
        {
            throw new SessionException(Errno.Invalid, "discard needs \"all\", or the path of a change as `status` shows it");
        }

        await _command.WaitAsync(cancellationToken);
        try
        {
            using var frozen = await Tree.FreezeAsync();
            await SettlePendingAsync(null);
            if (!await DiscardBelowAsync(Tree.Top, [SnapshotTree.RootName, .. parts], path, cancellationToken))
            {
                throw NothingToDiscard(path, "");
            }
        }
        finally
        {
            _command.Release();
            await RaiseIfReplacedAsync();
        }
    }

    private async Task<bool> DiscardBelowAsync(SessionDirectory directory, string[] parts, string path, CancellationToken cancellationToken)
    {
        if (parts.Length == 1)
        {
            string name = Tree.KeptDocument(directory, parts[0]) is null ? parts[0] : V2Names.Kept(parts[0]);
            bool isFile = directory.Upper.GetValueOrDefault(name) is SessionFile && name != NodeDocument.FileName;
            if (!await Tree.DiscardAsync(directory, name, cancellationToken))
            {
                return false;
            }

            _isReplaced = true;
            if (!isFile)
            {
                await RecordWithoutWrongCopiesAsync(); // of what is, or may hold, a document that is another now
            }

            return true;
        }

        if (await Tree.FindPinnedAsync(directory, parts[0], cancellationToken) is not { } node)
        {
            throw NothingToDiscard(path, $": {parts[0]} is not there, as a path of {SnapshotTree.RootName}");
        }

        try
        {
            return node is SessionDirectory below && await DiscardBelowAsync(below, parts[1..], path, cancellationToken);
        }
        finally
        {
            Tree.Unpin(node);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Tree.Dispose();
        SessionClaim.RemoveIfClean(Repository.Store.Local, Id, _journal, _staging);
        _journal.Dispose();
        _lock.Dispose();
        _command.Dispose();
        return default;
    }

    /// <summary>What v2 tools wrote and could not become <c>zarr.json</c> is tried again; where it cannot be, it stops a commit.</summary>
    private async Task TryPublishAllAgainAsync() => _isReplaced |= await Tree.V2.TryPublishAllAgainAsync();

    private static SessionException NoBranch(string name) => new(Errno.NoEntry, $"there is no branch '{name}'");

    private static SessionException NothingToDiscard(string path, string why) =>
        new(Errno.NoEntry, $"{path} has no uncommitted changes of its own{why}; `status` lists what has, and `all` discards everything");

    private static async ValueTask RaiseAsync(Func<ValueTask>? listeners)
    {
        if (listeners is not null)
        {
            await listeners();
        }
    }

    /// <summary>
    /// What a branch, tag or commit id stands for; the branch is null unless the name is one. A name may also be given as that of the file
    /// in <c>branches/</c> or <c>tags/</c> (<see cref="ReferenceName"/>). ENOENT.
    /// </summary>
    public static (string? Branch, ObjectId12 Snapshot) Resolve(References references, string name)
    {
        if (references.TryGetBranch(name, out var tip))
        {
            return (name, tip);
        }

        if (references.TryGetTag(name, out var tagged))
        {
            return (null, tagged);
        }

        if (ReferenceName.Find(references.Branches, name) is { } branch)
        {
            return (branch.Name, branch.Snapshot);
        }

        if (ReferenceName.Find(references.Tags, name) is { } tag)
        {
            return (null, tag.Snapshot);
        }

        return ObjectId12.TryParse(name, out var id) && references.Contains(id)
            ? (null, id)
            : throw new SessionException(Errno.NoEntry, name.Length == 0
                ? "no branch, tag or commit was named; `log`, branches/ and tags/ show what there is"
                : $"there is no branch, tag or commit named '{name}'; `log`, branches/ and tags/ show what there is");
    }

    private async Task LoadAsync(Dictionary<string, string> values, CancellationToken cancellationToken)
    {
        var references = await Repository.ReferencesAsync(cancellationToken);
        if (!values.TryGetValue(BaseKey, out string? text) || !ObjectId12.TryParse(text, out var @base))
        {
            await BeginAsync(references, null);
            return;
        }

        bool isOther = values.TryGetValue(BirthKey, out string? birth) && birth != BirthOf(references);
        ReadLastCommit(values);
        ObjectId12? restored = null;
        if (!isOther && @base == LastCommit && _lastParent is { } parent && !references.Contains(@base)
            && values.GetValueOrDefault(BranchKey) is { } branch && references.TryGetBranch(branch, out _) && references.Contains(parent))
        {
            restored = await Repository.RestoreAsync(branch, @base, parent, cancellationToken); // where it conflicts, it is kept beside the branch
            references = await Repository.ReferencesAsync(cancellationToken);
        }

        if ((isOther || !references.Contains(@base)) && _journal.ReadEntries().Count == 0)
        {
            await BeginAsync(references, values.GetValueOrDefault(BranchKey)); // nothing in it is lost
            return;
        }

        if (isOther)
        {
            throw new SessionException(Errno.InputOutput,
                $"the session in {_settings.Folder} has uncommitted changes to an earlier repository named {_settings.RepositoryName}; another --session starts afresh, and so does removing that folder");
        }

        if (!references.Contains(@base) && restored is null)
        {
            throw new SessionException(Errno.InputOutput,
                $"the session in {_settings.Folder} stands on commit {@base}, which {_settings.RepositoryName} does not have; is it another repository of that name? Another --session starts afresh");
        }

        StartedAt = DateTimeOffset.Parse(values[StartedKey], CultureInfo.InvariantCulture);
        (Branch, Base, CheckedOut) = (values.GetValueOrDefault(BranchKey), @base, values.GetValueOrDefault(ShownKey) ?? @base.ToString());
        SetPending(values.TryGetValue(PendingKey, out string? pending) && ObjectId12.TryParse(pending, out var announced) ? announced : null);
        await Tree.LoadAsync(Base, long.Parse(values[ShownSinceKey], CultureInfo.InvariantCulture));
        await SettlePendingAsync(references);
        if (restored is { } again && again != Base)
        {
            using var frozen = await Tree.FreezeAsync();
            await RebaseFrozenAsync(again, RebasePolicy.Fail, cancellationToken);
            LastCommit = again;
        }

        await MoveToWhatWasAskedAsync(references, cancellationToken);
        SetReadOnlyReason(references);
    }

    private void ReadLastCommit(Dictionary<string, string> values)
    {
        LastCommit = values.TryGetValue(LastCommitKey, out string? last) && ObjectId12.TryParse(last, out var commit) ? commit : null;
        _lastParent = values.TryGetValue(LastParentKey, out string? text) && ObjectId12.TryParse(text, out var parent) ? parent : null;
    }

    /// <summary>When the repository was created, which tells it from a later one in its place; empty if it does not know.</summary>
    private static string BirthOf(References references) => references.TryGetCommit(ObjectId12.InitialSnapshot, out var first)
        ? first.Time.ToString("O", CultureInfo.InvariantCulture) : "";

    /// <summary>Begins anew, on the branch <paramref name="former"/> if it is there and no other was asked for.</summary>
    private async Task BeginAsync(References references, string? former)
    {
        string name = _settings.Ref ?? _settings.Branch ?? (former is not null && references.TryGetBranch(former, out _) ? former : "main");
        var (branch, snapshot) = _settings.Ref is null
            ? references.TryGetBranch(name, out var tip) ? (name, tip) : throw NoBranch(name)
            : Resolve(references, name);
        StartedAt = DateTimeOffset.UtcNow;
        _journal.Record(j => j.ClearKept());
        await Tree.LoadAsync(snapshot, null);
        _journal.Record(j =>
        {
            j.PutValue(LastCommitKey, null);
            j.PutValue(LastParentKey, null);
            j.PutValue(PendingKey, null);
            j.PutValue(BirthKey, BirthOf(references));
            j.PutValue(IdKey, Id);
            j.PutValue(StartedKey, StartedAt.ToString("O", CultureInfo.InvariantCulture));
            j.PutValue(RepositoryKey, Repository.Store.DisplayName);
            j.PutValue(ShownSinceKey, Tree.ShownSinceNs.ToString(CultureInfo.InvariantCulture));
            PutPosition(j, branch, snapshot, name);
        });
        (Branch, Base, CheckedOut) = (branch, snapshot, name);
        SetReadOnlyReason(references);
    }

    /// <summary>Why nothing at all can be changed, neither files nor branches and tags.</summary>
    private string? WhyReadOnly(References references) =>
        references.IsReadOnly ? $"the repository is read-only{(references.ReadOnlyReason is { } why ? $": {why}" : "")}"
        : _settings.ReadOnly ? "the repository is mounted read-only"
        : null;

    private void SetReadOnlyReason(References references) => Tree.ReadOnlyReason = WhyReadOnly(references)
        ?? (Branch is not null ? null : $"{CheckedOut} is not a branch, so nothing can be changed: write a branch name to `checkout`");
}
