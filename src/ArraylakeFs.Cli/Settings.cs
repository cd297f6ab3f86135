using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;
using ArraylakeFs.Fuse;
using ArraylakeFs.Repository;
using ArraylakeFs.Sessions;
using Native.Fuse;

namespace ArraylakeFs.Cli;

/// <summary>
/// Where things are and who the user is: from options, then the environment, then the config file
/// (<c>$XDG_CONFIG_HOME/arraylakefs/config.json</c>: <c>{"root": "…", "author": {"name": "…", "email": "…"}, "allow_virtual": ["file:///…"]}</c>),
/// then git and the defaults.
/// </summary>
internal static class Settings
{
    private const string Program = "arraylakefs";

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNameCaseInsensitive = true,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
    };

    private static readonly Lazy<Config> File = new(ReadConfig);

    /// <summary>Below which <c>org/name</c> lies.</summary>
    public static readonly Option<string?> RootOption = new("--root")
    {
        Description = "the folder that holds repositories named org/name",
        Recursive = true,
    };

    public static string Root(ParseResult parsed) => Path.GetFullPath(
        parsed.GetValue(RootOption) ?? Variable("ARRAYLAKEFS_ROOT") ?? File.Value.Root ?? Path.Combine(Xdg("XDG_DATA_HOME", ".local/share"), Program));

    /// <summary>Where journals and logs of sessions are.</summary>
    public static string Sessions => Path.Combine(Xdg("XDG_STATE_HOME", ".local/state"), Program, "sessions");

    /// <summary>Who commits. Git, where it has to be asked, is asked now, and waited for when the answer is wanted.</summary>
    public static Lazy<Author> Author()
    {
        string? name = Variable("ARRAYLAKEFS_AUTHOR_NAME") ?? File.Value.Author?.Name ?? Variable("GIT_AUTHOR_NAME");
        string? email = Variable("ARRAYLAKEFS_AUTHOR_EMAIL") ?? File.Value.Author?.Email ?? Variable("GIT_AUTHOR_EMAIL");
        if (name is not null && email is not null)
        {
            return new(new Author(name, email));
        }

        var git = Task.Run(GitUser);
        return new(() => new Author(name ?? git.Result.GetValueOrDefault("user.name"), email ?? git.Result.GetValueOrDefault("user.email")));
    }

    /// <summary>Set to <c>off</c>, it does for every mount what <c>--no-passthrough</c> does for one.</summary>
    public const string PassthroughVariable = "ARRAYLAKEFS_PASSTHROUGH";

    /// <summary>Whether the kernel may read chunks by itself.</summary>
    public static bool Passthrough => Variable(PassthroughVariable) != "off";

    /// <summary>Set to <c>on</c>, it does for every mount what <c>--io-uring</c> does for one.</summary>
    public const string IoUringVariable = "ARRAYLAKEFS_IO_URING";

    /// <summary>Whether the kernel is to hand requests over by io_uring, where it offers to.</summary>
    public static bool IoUring => Variable(IoUringVariable) == "on";

    /// <summary>Where virtual chunks may be read: what the options allow, and what the config file does.</summary>
    public static VirtualAccess VirtualAccess(IEnumerable<string> options) =>
        Repository.VirtualAccess.Of(options.Concat((File.Value.AllowVirtual ?? []).OfType<string>()), FuseMount.FileSystemType);

    private static Config ReadConfig()
    {
        string path = Path.Combine(Xdg("XDG_CONFIG_HOME", ".config"), Program, "config.json");
        if (!System.IO.File.Exists(path))
        {
            return new Config(null, null, null);
        }

        try
        {
            return JsonSerializer.Deserialize<Config>(System.IO.File.ReadAllText(path), Json) ?? new Config(null, null, null);
        }
        catch (JsonException e)
        {
            throw new CliException($"the config file {path} is not valid: {e.Message}");
        }
    }

    /// <summary>What git's own config says of its user: the last of several values counts, and an empty one is none.</summary>
    private static Dictionary<string, string> GitUser()
    {
        var values = new Dictionary<string, string>();
        if (Programs.Find("git") is not { } program)
        {
            return values;
        }

        try
        {
            using var git = Process.Start(new ProcessStartInfo(program, ["config", "--null", "--get-regexp", @"^user\.(name|email)$"])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                WorkingDirectory = Home,
            })!;
            foreach (string entry in git.StandardOutput.ReadToEnd().Split('\0', StringSplitOptions.RemoveEmptyEntries))
            {
                string[] parts = entry.Split('\n', 2);
                values[parts[0]] = parts.Length > 1 ? parts[1].Trim() : "";
            }

            git.WaitForExit();
            return values.Where(value => value.Value.Length > 0).ToDictionary();
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return values; // it does not run here
        }
    }

    private static string Home => Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);

    private static string Xdg(string variable, string fallback) =>
        Variable(variable) is { } path && Path.IsPathRooted(path) ? path : Path.Combine(Home, fallback);

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    private sealed record Config(
        string? Root, ConfiguredAuthor? Author, [property: JsonPropertyName("allow_virtual")] IReadOnlyList<string>? AllowVirtual);

    private sealed record ConfiguredAuthor(string? Name, string? Email);
}
