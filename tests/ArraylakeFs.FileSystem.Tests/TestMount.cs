using System.Text.Json.Nodes;
using ArraylakeFs.Repository;
using ArraylakeFs.Sessions;
using ArraylakeFs.Storage;

namespace ArraylakeFs.FileSystem.Tests;

/// <summary>A repository with one mount's session and file system over it, driven without a kernel.</summary>
internal sealed class TestMount : IMounted
{
    private readonly List<string> _folders = [];
    private readonly List<Func<ValueTask>> _abandoned = [];
    private readonly bool _cachesNames;
    private readonly bool _ownsStore;
    private SessionSettings _settings = null!;
    private bool _isOpen;

    private TestMount(bool cachesNames, bool ownsStore) => (_cachesNames, _ownsStore) = (cachesNames, ownsStore);

    public string Folder { get; private set; } = "";

    public IObjectStore Store { get; private set; } = null!;

    public ZarrRepository Repository { get; private set; } = null!;

    public Session Session { get; private set; } = null!;

    public MountedFileSystem FileSystem { get; private set; } = null!;

    public RecordingCache Cache { get; private set; } = null!;

    public Kernel Kernel { get; private set; } = null!;

    /// <summary>What the kernel reads by itself.</summary>
    public KernelReads Reads { get; private set; } = null!;

    public List<string> Log { get; } = [];

    /// <summary>A new repository, in a folder of its own unless a store is given, and a session on main.</summary>
    public static async Task<TestMount> CreateAsync(
        bool cachesNames = false, IObjectStore? store = null, Func<SessionSettings, SessionSettings>? settings = null, JsonObject? config = null)
    {
        var mount = new TestMount(cachesNames, ownsStore: true) { Folder = NewFolder() };
        mount._folders.Add(mount.Folder);
        mount.Store = store ?? new LocalObjectStore(Path.Combine(mount.Folder, "repository"));
        mount.Repository = await ZarrRepository.CreateAsync(mount.Store, config, default);
        mount._settings = new SessionSettings(Path.Combine(mount.Folder, "session"), "earthmover/ocean") { Author = new(new Author("Ada", "ada@example.org")) };
        mount._settings = settings?.Invoke(mount._settings) ?? mount._settings;
        await mount.OpenAsync();
        return mount;
    }

    /// <summary>A session on a repository that is there, in a copy of it.</summary>
    public static async Task<TestMount> OfCopyAsync(string repository)
    {
        var mount = new TestMount(cachesNames: false, ownsStore: true) { Folder = NewFolder() };
        mount._folders.Add(mount.Folder);
        Copy(repository, Directory.CreateDirectory(Path.Combine(mount.Folder, "repository")).FullName);
        mount.Store = new LocalObjectStore(Path.Combine(mount.Folder, "repository"));
        mount.Repository = await ZarrRepository.OpenAsync(mount.Store, default);
        mount._settings = new SessionSettings(Path.Combine(mount.Folder, "session"), "earthmover/ocean");
        await mount.OpenAsync();
        return mount;
    }

    /// <summary>Another session on the same repository, as of a second mount.</summary>
    public async Task<TestMount> SecondAsync(Func<SessionSettings, SessionSettings>? settings = null)
    {
        var second = new TestMount(_cachesNames, ownsStore: false) { Folder = NewFolder(), Store = Store, Repository = await ZarrRepository.OpenAsync(Store, default) };
        second._folders.Add(second.Folder);
        second._settings = new SessionSettings(Path.Combine(second.Folder, "session"), "earthmover/ocean");
        second._settings = settings?.Invoke(second._settings) ?? second._settings;
        await second.OpenAsync();
        return second;
    }

    /// <summary>Unmounts and mounts again.</summary>
    public async Task ReopenAsync(Func<SessionSettings, SessionSettings>? settings = null)
    {
        await CloseAsync();
        _settings = settings?.Invoke(_settings) ?? _settings;
        await OpenAsync();
    }

    /// <summary>Unmounts and mounts again, with virtual chunks to be read below the given prefixes.</summary>
    public async Task AllowAsync(params string[] prefixes)
    {
        await CloseAsync();
        Repository = await ZarrRepository.OpenAsync(Store, VirtualAccess.Of(prefixes), default);
        await OpenAsync();
    }

    /// <summary>Goes on in a copy of what is on the disk this moment, as after kill -9. What is open is lost.</summary>
    public async Task CrashAsync()
    {
        string copy = NewFolder();
        _folders.Add(copy);
        Copy(Folder, copy);
        var (fileSystem, session) = (FileSystem, Session);
        _abandoned.Add(async () =>
        {
            fileSystem.Dispose();
            await session.DisposeAsync();
        });
        Folder = copy;
        Store = new LocalObjectStore(Path.Combine(copy, "repository"));
        Repository = await ZarrRepository.OpenAsync(Store, default);
        _settings = _settings with { Folder = Path.Combine(copy, "session") };
        await OpenAsync();
    }

    /// <summary>As <see cref="CrashAsync"/>, where others have the repository open too: only this mount's process is killed.</summary>
    public async Task CrashOfSessionAsync()
    {
        string copy = NewFolder();
        _folders.Add(copy);
        Copy(_settings.Folder, copy);
        var (fileSystem, session) = (FileSystem, Session);
        _abandoned.Add(async () =>
        {
            fileSystem.Dispose();
            await session.DisposeAsync();
        });
        _settings = _settings with { Folder = copy };
        await OpenAsync();
    }

    /// <summary>Writes a message to <c>commit</c>; the id of the new commit.</summary>
    public string Commit(string message = "test") => Kernel.Commit(message);

    public string Error => Kernel.Error();

    /// <summary>Where the session's staged files are.</summary>
    public string StagingFolder => Path.Combine(Folder, "repository", ObjectKey.PrivateDirectory, "staging", Session.Id);

    public JsonNode Status => Kernel.Status();

    public JsonNode Conflicts => JsonNode.Parse(Kernel.ReadText("conflicts.json"))!;

    /// <summary>The lines of <c>status</c> about paths, such as <c>📝 zarr.json</c>.</summary>
    public string[] StatusPaths => Kernel.StatusPaths();

    public string[] Loose => Kernel.Loose();

    public string[] Invalid => Kernel.Invalid();

    IFiles IMounted.Files => Kernel;

    string IMounted.Repository => Store.Local!.Root;

    IFiles IMounted.FilesOfAnother() => new Kernel(FileSystem) { Reads = Reads };

    Task IMounted.ReopenAsync() => ReopenAsync();

    public static string Root(string path = "") => Face.V3.At(path);

    public static string V2(string path = "") => Face.V2.At(path);

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        foreach (var abandoned in _abandoned)
        {
            await abandoned();
        }

        if (_ownsStore)
        {
            await Store.DisposeAsync();
        }

        _folders.ForEach(f => Directory.Delete(f, recursive: true));
    }

    internal static void Copy(string from, string to)
    {
        foreach (string directory in Directory.EnumerateDirectories(from, "*", SearchOption.AllDirectories))
        {
            Directory.CreateDirectory(Path.Combine(to, Path.GetRelativePath(from, directory)));
        }

        foreach (string file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories).Where(f => Path.GetFileName(f) != "lock"))
        {
            string target = Path.Combine(to, Path.GetRelativePath(from, file));
            using (var source = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete))
            using (var copy = File.Create(target))
            {
                source.CopyTo(copy);
                copy.Flush();
                FileTimes.SetModified(copy.SafeFileHandle, FileTimes.Of(file)!.Value.ModifiedNs);
            }
        }
    }

    private static string NewFolder() => Directory.CreateTempSubdirectory("arraylakefs-fs-").FullName;

    private async Task OpenAsync()
    {
        Session = await Session.OpenAsync(_settings, Repository, default);
        FileSystem = new MountedFileSystem(Session, new Mounter(1000, 1000), new FolderVolume(Folder), Log.Add, "/mnt/ocean");
        Reads?.Dispose();
        Reads = new KernelReads();
        FileSystem.BackingFiles = Reads;
        Kernel = new Kernel(FileSystem) { CachesNames = _cachesNames, Reads = Reads };
        Cache = new RecordingCache(Kernel);
        FileSystem.KernelCache = Cache;
        _isOpen = true;
    }

    /// <summary>Unmounts; <see cref="ReopenAsync"/> mounts again.</summary>
    public async Task CloseAsync()
    {
        if (_isOpen)
        {
            _isOpen = false;
            FileSystem.Dispose();
            await Session.DisposeAsync();
            Reads.Dispose();
        }
    }
}
