using System.Globalization;
using System.Text;

namespace ArraylakeFs.Storage.Tests;

/// <summary>What other processes do to a store while a test watches: <c>add ROOT TIMES</c> adds to the number in <c>counter</c>.</summary>
public static class Program
{
    /// <summary>Entry point of the other processes.</summary>
    public static async Task<int> Main(string[] args)
    {
        if (args is not ["add", var root, var times])
        {
            return 2;
        }

        await using var store = new LocalObjectStore(root);
        for (var i = 0; i < int.Parse(times, CultureInfo.InvariantCulture); i++)
        {
            await AddOneAsync(store);
        }

        return 0;
    }

    internal static async Task AddOneAsync(IObjectStore store)
    {
        while (true)
        {
            var old = (await store.GetAsync("counter", 100, default))!;
            var number = int.Parse(Encoding.ASCII.GetString(old.Content.Span), CultureInfo.InvariantCulture);
            var next = Encoding.ASCII.GetBytes((number + 1).ToString("D9", CultureInfo.InvariantCulture));
            if (await store.PutIfMatchAsync("counter", next, old.ETag, null, default) is not null)
            {
                return;
            }
        }
    }
}
