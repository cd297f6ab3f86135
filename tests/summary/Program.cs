using TestSummary;

// usage: TestSummary FOLDER PROJECT...
// FOLDER holds PROJECT.trx, PROJECT.log and PROJECT.exit of each project. The last line is "N passed, N failed, N skipped".
var summary = new Summary();
foreach (var project in args.Skip(1))
{
    summary.Add(ProjectResult.Load(args[0], project));
}

Console.Write(summary.Text);
return summary.Failed == 0 ? 0 : 1;
