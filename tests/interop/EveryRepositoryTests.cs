using ArraylakeFs.TestHarness;

namespace ArraylakeFs.Interop.Tests;

/// <summary>Whatever official clients have written, of every spec version, is here what it is to them.</summary>
public sealed class EveryRepositoryTests(PeerRepositories repositories) : IClassFixture<PeerRepositories>, IDisposable
{
    private readonly World _world = new();

    public void Dispose() => _world.Dispose();

    [OfficialClientTheory]
    [MemberData(nameof(PeerRepositories.Kinds), MemberType = typeof(PeerRepositories))]
    public async Task Every_version_of_every_kind_of_repository_is_read_as_they_read_it(string kind, int virtualChunks, int lost)
    {
        Assert.InRange(lost, 0, virtualChunks);
        var repository = repositories[kind];
        Assert.Equal(kind.EndsWith("v1", StringComparison.Ordinal) || kind.EndsWith("version1", StringComparison.Ordinal) ? 1 : 2, repository.Seen.SpecVersion);
        await RepositoryView.AssertAgreesAsync(repository.Folder, repository.Seen, repository.Detached);
        Assert.Equal(virtualChunks, (await RepositoryView.OursAsync(repository.Folder)).Count(line =>
            line.StartsWith("chunk ", StringComparison.Ordinal) && line.EndsWith(" virtual", StringComparison.Ordinal)));
    }

    /// <summary>Virtual chunks that cannot be read are shown with their size all the same.</summary>
    [MountWithOfficialClientTheory]
    [MemberData(nameof(PeerRepositories.Kinds), MemberType = typeof(PeerRepositories))]
    public void Every_version_of_every_kind_of_repository_is_in_a_mount_byte_for_byte(string kind, int virtualChunks, int lost)
    {
        var (folder, _, seen) = repositories[kind];
        var before = FilesOf(folder);
        using var mount = _world.Mount(folder, "mnt", "--allow-virtual", new Uri(folder + "-data/").AbsoluteUri);
        var unreadable = 0;
        foreach (var (id, commit) in seen.Commits)
        {
            var (theirs, ours) = (FileTree.Of(commit), FileTree.Of(mount, $"commits/{id}/root.zarr"));
            Assert.Equal(theirs.Select(file => (file.Key, file.Value.Size)), ours.Select(file => (file.Key, file.Value.Size)));
            unreadable += ours.Values.Count(file => file.Sha256 is null);
            Assert.All(ours, file => Assert.Equal(theirs[file.Key].Sha256, file.Value.Sha256));
            var shown = mount.Shell("cat commits/$1/message commits/$1/parent", id).Succeed();
            Assert.Equal($"{commit.Message}\n{commit.Parent}".TrimEnd(), shown.TrimEnd());
        }

        Assert.Equal(lost, unreadable);
        Assert.InRange(virtualChunks, lost, int.MaxValue);
        Assert.Equal(Links(seen.Branches), mount.Shell("cd branches && for b in * .[!.]*; do readlink -- \"$b\"; done | sort").Output);
        Assert.Equal(Links(seen.Tags), mount.Shell("cd tags && for t in * .[!.]*; do readlink -- \"$t\"; done | sort").Output);
        mount.Unmount();
        Assert.Equal(before, FilesOf(folder).Where(file => !file.StartsWith(".arraylakefs/", StringComparison.Ordinal)));
    }

    [MountWithOfficialClientFact]
    public void Nodes_that_no_file_can_have_go_where_their_group_goes()
    {
        var folder = _world.NewPath("nodes");
        OfficialClient.MakeFeature(folder, "nodes");
        using var mount = _world.Mount(folder);
        var former = Nodes(folder);
        string[] hidden = ["//twice", "//twice/arr", $"/{new string('w', 256)}", $"/{new string('w', 256)}/arr"];
        Assert.Superset(hidden.Select(path => "/arc" + path).ToHashSet(), former.ToHashSet());
        mount.Shell("""
            mv root.zarr/arc root.zarr/🧊/elsewhere && echo '{"zarr_format":3,"node_type":"group"}' > root.zarr/zarr.json
            """).Succeed();
        mount.Commit("moved");
        Assert.Equal(
            former.Select(path => path.StartsWith("/arc", StringComparison.Ordinal) ? "/🧊/elsewhere" + path["/arc".Length..] : path)
                .Order(StringComparer.Ordinal),
            Nodes(folder));
        mount.Shell("rm -r root.zarr/🧊/elsewhere").Succeed();
        mount.Commit("removed");
        Assert.Equal(former.Where(path => !path.StartsWith("/arc", StringComparison.Ordinal)), Nodes(folder));
    }

    [MountWithOfficialClientFact]
    public void Whatever_a_branch_or_tag_is_named_it_can_be_checked_out()
    {
        var (folder, _, seen) = repositories["refs"];
        using var mount = _world.Mount(folder);
        var names = mount.List("branches");
        Assert.Equal(seen.Branches.Count, names.Count);
        Assert.Contains("a%2Fb", names);
        foreach (var name in names.Where(name => !seen.Branches.ContainsKey(name)))
        {
            CheckOut(mount, name, mount.Shell("basename \"$(readlink -- \"branches/$1\")\"", name).Succeed().Trim());
        }

        // The names themselves, as far as a shell can say them; they come first where a file has the name of another branch.
        foreach (var (name, commit) in seen.Branches.Where(branch =>
            branch.Key.Trim() == branch.Key && !branch.Key.Contains('\0', StringComparison.Ordinal)))
        {
            CheckOut(mount, name, commit);
        }

        // Each tag has the name of a branch, which comes first.
        Assert.Equal(seen.Tags.Count, mount.List("tags").Count);
    }

    [MountWithOfficialClientFact]
    public void A_repository_of_spec_version_1_says_that_it_is_only_read_and_what_to_do()
    {
        var folder = _world.NewPath("version1");
        PeerRepositories.Unpack("test-repo-v1", folder);
        var before = FilesOf(folder);
        using (var mount = _world.Mount(folder))
        {
            const string reason = "Nothing can be changed: the repository is read-only: its format is Icechunk 1";
            Assert.Contains(reason, mount.Read("status"), StringComparison.Ordinal);
            foreach (var change in new[]
            {
                "echo x > root.zarr/README", "mkdir root.zarr/new", "rm root.zarr/zarr.json", "mv root.zarr/group1 root.zarr/group9",
                "echo message > commit",
            })
            {
                Assert.Equal("EROFS", mount.Shell(change).Errno);
                Assert.Contains("upgrade_icechunk_repository", mount.Read("error"), StringComparison.Ordinal);
            }

            mount.Write("checkout", "it works!\n").Succeed();
            mount.Write("checkout", "my-branch\n").Succeed();
            Assert.Contains("some more structure", mount.Read("log"), StringComparison.Ordinal);
            mount.Unmount();
        }

        Assert.Equal(before, FilesOf(folder));
    }

    private static void CheckOut(MountedRepository mount, string name, string commit)
    {
        mount.Write("checkout", name + "\n").Succeed();
        var status = mount.Shell("cat status status.json").Succeed();
        Assert.Contains("🌿 On branch ", status, StringComparison.Ordinal);
        Assert.Contains($"\"commit\": \"{commit}\"", status, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Nodes(string folder)
    {
        var seen = OfficialClient.Dump(folder);
        return seen.Commits[seen.Branches["main"]].Nodes.Keys.Order(StringComparer.Ordinal);
    }

    private static string Links(IReadOnlyDictionary<string, string> references) =>
        string.Concat(references.Values.Select(id => $"../commits/{id}\n").Order(StringComparer.Ordinal));

    private static List<string> FilesOf(string folder) =>
    [
        .. Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(file => $"{Path.GetRelativePath(folder, file)} {RepositoryView.Sha256(File.ReadAllBytes(file))}"),
    ];
}
