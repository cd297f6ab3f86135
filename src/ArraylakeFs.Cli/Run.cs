using System.CommandLine;
using ArraylakeFs.Fuse;
using ArraylakeFs.Repository;
using ArraylakeFs.Sessions;
using ArraylakeFs.Storage;

namespace ArraylakeFs.Cli;

/// <summary>Gives verbs their bodies: failures become one sentence on standard error and exit code 1.</summary>
internal static class Run
{
    /// <summary>Sets what a command does.</summary>
    public static Command Does(this Command command, Func<ParseResult, CancellationToken, Task> body)
    {
        command.SetAction(async (parsed, cancellationToken) =>
        {
            try
            {
                await body(parsed, cancellationToken);
                return ExitCodes.Done;
            }
            catch (Exception e) when (IsExpected(e))
            {
                await Console.Error.WriteLineAsync($"arraylakefs: {e.Message}");
                return ExitCodes.Failed;
            }
            catch (Exception e)
            {
                await Console.Error.WriteLineAsync($"arraylakefs: unexpected {e.GetType().Name}: {e.Message.ReplaceLineEndings(" ")}");
                return ExitCodes.Failed;
            }
        });
        return command;
    }

    private static bool IsExpected(Exception e) =>
        e is CliException or SessionException or RepositoryException or StorageException or FuseMountException or IOException
            or UnauthorizedAccessException or OperationCanceledException;
}
