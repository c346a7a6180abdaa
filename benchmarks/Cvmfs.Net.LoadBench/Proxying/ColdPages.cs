using System.Runtime.InteropServices;

namespace Cvmfs.Net.LoadBench.Proxying;

/// <summary>Makes the kernel forget what it has of files in memory, so that the next reader waits for the disk.</summary>
internal static unsafe partial class ColdPages
{
    private const int DontNeed = 4;
    private const int ProtectionRead = 1;
    private const int Shared = 1;

    /// <summary>Forgets the pages of all files below a folder.</summary>
    /// <returns>Files of which something stayed in memory all the same.</returns>
    public static int Forget(string folder)
    {
        int kept = 0;
        foreach (string path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            using var file = File.OpenHandle(path);
            RandomAccess.FlushToDisk(file); // what is not on the disk cannot be forgotten
            if (posix_fadvise((int)file.DangerousGetHandle(), 0, 0, DontNeed) != 0 || IsInMemory((int)file.DangerousGetHandle(), RandomAccess.GetLength(file))) kept++;
        }

        return kept;
    }

    private static bool IsInMemory(int descriptor, long length)
    {
        if (length == 0) return false;
        void* at = mmap(null, (nuint)length, ProtectionRead, Shared, descriptor, 0);
        if (at == (void*)-1) return false;
        byte[] pages = new byte[(length + Environment.SystemPageSize - 1) / Environment.SystemPageSize];
        fixed (byte* first = pages)
        {
            bool isKnown = mincore(at, (nuint)length, first) == 0;
            return munmap(at, (nuint)length) == 0 && isKnown && pages.Any(static page => (page & 1) != 0);
        }
    }

    [LibraryImport("libc")]
    private static partial int posix_fadvise(int descriptor, long offset, long length, int advice);

    [LibraryImport("libc")]
    private static partial void* mmap(void* at, nuint length, int protection, int flags, int descriptor, long offset);

    [LibraryImport("libc")]
    private static partial int munmap(void* at, nuint length);

    [LibraryImport("libc")]
    private static partial int mincore(void* at, nuint length, byte* pages);
}
