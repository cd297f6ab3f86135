using System.CommandLine;
using System.Reflection;
using System.Text.Json;
using ArraylakeFs.Fuse;
using ArraylakeFs.Repository;
using ArraylakeFs.Sessions;

namespace ArraylakeFs.Cli.Verbs;

/// <summary><c>create</c></summary>
internal static class CreateVerb
{
    public static Command Command()
    {
        var name = RepositoryLocation.Argument();
        var fence = new Option<bool>("--fence")
        {
            Description = "keeps official clients from writing: on a local directory they overwrite what others committed without looking",
        };
        return new Command("create", "creates an empty repository") { name, fence }.Does(async (parsed, cancellationToken) =>
        {
            var location = RepositoryLocation.Of(parsed.GetRequiredValue(name), parsed);
            var config = parsed.GetValue(fence) ? StorageFence.Config() : null;
            await using var repository = await ZarrRepository.CreateAsync(location.Store(), config, cancellationToken);
            Console.WriteLine($"created {location.Name} at {location.Folder}");
        });
    }
}

/// <summary><c>list</c></summary>
internal static class ListVerb
{
    private const string Marker = "repo";

    public static Command Command()
    {
        var json = Options.Json();
        return new Command("list", "lists the repositories below the root") { json }.Does(async (parsed, _) =>
        {
            string root = Settings.Root(parsed);
            string[] names = Directory.Exists(root)
                ? [.. Directory.EnumerateDirectories(root).SelectMany(Directory.EnumerateDirectories)
                    .Where(d => File.Exists(Path.Combine(d, Marker))).Select(d => Path.GetRelativePath(root, d)).Order(StringComparer.Ordinal)]
                : [];
            await Console.Out.WriteAsync(parsed.GetValue(json)
                ? JsonSerializer.Serialize(names) + "\n"
                : string.Concat(names.Select(n => n + "\n")));
        });
    }
}

/// <summary><c>delete</c></summary>
internal static class DeleteVerb
{
    public static Command Command()
    {
        var name = RepositoryLocation.Argument();
        var sure = new Option<bool>("--imsure") { Description = "yes, delete all its data and history" };
        var reallySure = new Option<bool>("--imreallysure") { Description = "yes, really" };
        return new Command("delete", "deletes a repository with all its data and history") { name, sure, reallySure }.Does(async (parsed, cancellationToken) =>
        {
            var location = RepositoryLocation.Of(parsed.GetRequiredValue(name), parsed);
            if (!parsed.GetValue(sure) || !parsed.GetValue(reallySure))
            {
                throw new CliException($"nothing was deleted: to delete {location.Name} with all its data and history, add --imsure --imreallysure");
            }

            if (ExistingMounts.All().FirstOrDefault(m => m.Source == location.Folder) is { } mount)
            {
                throw new CliException($"{location.Name} is mounted at {mount.Mountpoint}: `arraylakefs umount {mount.Mountpoint}` first");
            }

            await using (await location.OpenAsync(cancellationToken))
            {
                // it exists, and is a repository
            }

            SessionFolders.RemoveAll(Settings.Sessions, location.Store().DisplayName);
            StagingFolders.RemoveAll(location.Store());
            await ZarrRepository.DeleteAsync(location.Store(), cancellationToken);
            Console.WriteLine($"deleted {location.Name}");
        });
    }
}

/// <summary><c>version</c></summary>
internal static class VersionVerb
{
    public static Command Command() => new Command("version", "says which version this is").Does((_, _) =>
    {
        Console.WriteLine($"arraylakefs {Assembly.GetExecutingAssembly().GetName().Version!.ToString(3)} (Icechunk spec 2.1)");
        return Task.CompletedTask;
    });
}
