using System.CommandLine;
using ArraylakeFs.Cli.Verbs;

namespace ArraylakeFs.Cli;

/// <summary>The verbs and what they share.</summary>
internal static class CommandLine
{
    /// <summary>Does what the arguments say; <paramref name="daemon"/> is what has been started for them already.</summary>
    public static async Task<int> RunAsync(string[] args, DaemonStart? daemon)
    {
        var root = new RootCommand("Mounts version-controlled Zarr repositories (Icechunk) as drives.")
        {
            CreateVerb.Command(),
            ListVerb.Command(),
            DeleteVerb.Command(),
            MountVerb.Command(daemon),
            UmountVerb.Command(),
            StatusVerb.Command(),
            CommitVerb.Command(),
            CheckoutVerb.Command(),
            RebaseVerb.Command(),
            BranchVerb.Command(),
            TagVerb.Command(),
            ResetVerb.Command(),
            LogVerb.Command(),
            DiffVerb.Command(),
            TreeVerb.Command(),
            InfoVerb.Command(),
            DiscardVerb.Command(),
            GcVerb.Command(),
            ExpireVerb.Command(),
            ImportVerb.Command(),
            ExportVerb.Command(),
            VerifyVerb.Command(),
            VersionVerb.Command(),
        };
        root.Options.Add(Settings.RootOption);

        // A commit message may begin with @: that is no file to read arguments from.
        var parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        int exitCode = await parsed.InvokeAsync(new InvocationConfiguration
        {
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null, // a mount takes the time it needs to end; other verbs may simply be killed
        });
        return parsed.Errors.Count > 0 ? ExitCodes.Misuse : exitCode;
    }
}
