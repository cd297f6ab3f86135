using System.Globalization;

namespace Native.Fuse;

/// <summary>The machine's processors, as the kernel numbers them.</summary>
public static unsafe class Processors
{
    private const int BitsPerWord = 64;

    /// <summary>
    /// How many processors there may ever be, those not there now included; 0 if that cannot be found out, or their numbers have gaps.
    /// </summary>
    public static int Possible
    {
        get
        {
            try
            {
                var range = File.ReadAllText("/sys/devices/system/cpu/possible").Trim().Split('-'); // "0", "0-1"; with gaps "0,2-3"
                return range[0] == "0" && int.TryParse(range[^1], CultureInfo.InvariantCulture, out var last) ? last + 1 : 0;
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                return 0;
            }
        }
    }

    /// <summary>Keeps the calling thread on one processor. False where that one is not there, or not for this process.</summary>
    public static bool TryPin(int processor)
    {
        var mask = new ulong[(processor / BitsPerWord) + 1];
        mask[^1] = 1UL << (processor % BitsPerWord);
        fixed (ulong* start = mask)
        {
            return LibC.SetAffinity(0, (nuint)(mask.Length * sizeof(ulong)), start) == 0;
        }
    }
}
