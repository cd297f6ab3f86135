using System.Globalization;

namespace Native.Fuse;

/// <summary>The machine's processors, as the kernel numbers them.</summary>
public static unsafe class Processors
{
    private const int BitsPerWord = 64;

    /// <summary>How many numbers the kernel may ever give to a processor, those not there now included; 0 if that cannot be found out.</summary>
    public static int Possible
    {
        get
        {
            try
            {
                // "0-1", or with gaps "0,2-3": the queues of FUSE are numbered without regard to gaps.
                var last = File.ReadAllText("/sys/devices/system/cpu/possible").Trim().Split(',', '-')[^1];
                return int.TryParse(last, CultureInfo.InvariantCulture, out var number) ? number + 1 : 0;
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
