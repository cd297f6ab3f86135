using System.CommandLine;
using ArraylakeFs.FileSystem.Reports;
using ArraylakeFs.Repository;

namespace ArraylakeFs.Cli.Verbs;

/// <summary><c>log --ops</c>: what was done to the repository as a whole, whatever version is looked at.</summary>
internal static class LogOperations
{
    public static Option<bool> Option() => new("--ops") { Description = "the repository's operations instead: commits, branches, tags, settings" };

    public static async Task WriteAsync(ZarrRepository repository, bool json, CancellationToken cancellationToken)
    {
        var operations = new List<Operation>();
        await foreach (var operation in repository.OperationsAsync(cancellationToken))
        {
            operations.Add(operation);
        }

        await Console.Out.WriteAsync(json ? OperationsText.Json(operations) : OperationsText.Text(operations));
    }
}
