using System.Globalization;
using System.Text;

namespace ArraylakeFs.FileSystem.Reports;

/// <summary>The <c>metrics</c> file, in the text format of Prometheus.</summary>
internal static class MetricsText
{
    /// <summary>The metrics in the order given.</summary>
    public static string Text(IEnumerable<Metric> metrics)
    {
        var text = new StringBuilder();
        string? last = null;
        foreach (var metric in metrics)
        {
            if (metric.Name != last)
            {
                text.Append($"# HELP {metric.Name} {metric.Help}\n# TYPE {metric.Name} {(metric.IsCounter ? "counter" : "gauge")}\n");
                last = metric.Name;
            }

            text.Append(metric.Name);
            if (metric.Label is var (label, value))
            {
                text.Append($"{{{label}=\"{value}\"}}");
            }

            text.Append(CultureInfo.InvariantCulture, $" {metric.Value}\n");
        }

        return text.ToString();
    }
}
