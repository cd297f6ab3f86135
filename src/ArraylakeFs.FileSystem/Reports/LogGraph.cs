using System.Text;
using ArraylakeFs.Icechunk;
using ArraylakeFs.Repository;

namespace ArraylakeFs.FileSystem.Reports;

/// <summary>
/// The history as a drawing, one line for each commit: its id, the branches and tags at it, and the first line of its message. Every commit has
/// one parent, so lines only ever part; read downwards, they join. Unlike the log it shows the empty commit that a repository begins with,
/// where branches without a common commit of anybody's work come together.
/// </summary>
public static class LogGraph
{
    private const char Nothing = ' ';

    /// <summary>The drawing of commits that are given newest first, each before its parent (<see cref="History.NewestFirst"/>).</summary>
    public static string Text(References references, IEnumerable<CommitInfo> commits)
    {
        var text = new StringBuilder();
        var names = LogText.NamesAt(references);
        var lanes = new List<ObjectId12?>(); // the commit that each column waits for
        foreach (var commit in commits)
        {
            int column = lanes.IndexOf(commit.Id);
            if (column < 0)
            {
                column = Free(lanes);
            }

            lanes[column] = commit.Id;
            for (int other = lanes.Count - 1; other > column; other--)
            {
                if (lanes[other] == commit.Id)
                {
                    lanes[other] = null;
                    AppendRow(text, Join(lanes, column, other));
                }
            }

            char[] row = Row(lanes);
            row[2 * column] = '*';
            AppendRow(text, row, Label(commit, names));
            lanes[column] = commit.Parent;
            while (lanes is [.., null])
            {
                lanes.RemoveAt(lanes.Count - 1);
            }
        }

        return text.ToString();
    }

    private static int Free(List<ObjectId12?> lanes)
    {
        int free = lanes.IndexOf(null);
        if (free < 0)
        {
            free = lanes.Count;
            lanes.Add(null);
        }

        return free;
    }

    private static char[] Row(List<ObjectId12?> lanes)
    {
        char[] row = new char[2 * lanes.Count];
        Array.Fill(row, Nothing);
        for (int i = 0; i < lanes.Count; i++)
        {
            row[2 * i] = lanes[i] is null ? Nothing : '|';
        }

        return row;
    }

    /// <summary>A line that comes from <paramref name="from"/> and ends in <paramref name="to"/>: <c>|/</c>, or <c>|_|/</c> across others.</summary>
    private static char[] Join(List<ObjectId12?> lanes, int to, int from)
    {
        char[] row = Row(lanes);
        for (int i = (2 * to) + 1; i < (2 * from) - 1; i++)
        {
            row[i] = row[i] == Nothing ? '_' : row[i];
        }

        row[(2 * from) - 1] = '/';
        return row;
    }

    private static void AppendRow(StringBuilder text, char[] row, string label = "") =>
        text.Append(string.Concat(row.AsSpan().TrimEnd(Nothing), label.Length == 0 ? "" : " ", label)).Append('\n');

    private static string Label(CommitInfo commit, ILookup<ObjectId12, (bool IsTag, string Name)> names)
    {
        string[] here = [.. names[commit.Id].Select(name => name.IsTag ? $"tag: {name.Name}" : name.Name)];
        string message = commit.Message.TrimStart().Split('\n')[0].TrimEnd();
        return $"{commit.Id}{(here.Length == 0 ? "" : $" ({string.Join(", ", here)})")} {message}".TrimEnd();
    }
}
