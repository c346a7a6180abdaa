using System.Globalization;
using System.Security.Cryptography;

namespace Cvmfs.Net.Objects;

/// <summary>The folder where files grow before they are renamed to where readers look. Names are unique across processes.</summary>
internal sealed class TransactionFolder(string path)
{
    // Several processes may share the folder; 64 random bits tell their files apart, a counter tells ours apart.
    private readonly string _prefix = System.IO.Path.Combine(path, $"put.{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}.");
    private long _count;

    /// <summary>Absolute path.</summary>
    public string Path { get; } = path;

    /// <summary>A path that nobody has used.</summary>
    public string NewPath() => string.Create(CultureInfo.InvariantCulture, $"{_prefix}{Interlocked.Increment(ref _count)}");

    /// <summary>Creates a new file for writing, and the folder where it is missing.</summary>
    /// <param name="file">Its path.</param>
    /// <exception cref="IOException">The file system cannot take it.</exception>
    public GrowingFile Create(out string file)
    {
        file = NewPath();
        try
        {
            return GrowingFile.Create(file);
        }
        catch (DirectoryNotFoundException)
        {
            CreateFolder();
            return GrowingFile.Create(file);
        }
    }

    private void CreateFolder()
    {
        try
        {
            Directory.CreateDirectory(Path);
        }
        catch (UnauthorizedAccessException fault)
        {
            throw new IOException($"{Path}: not writable.", fault);
        }
    }

    /// <summary>Removes files that were left behind by crashed processes.</summary>
    /// <param name="before">Files changed at or after that instant stay: a living process may be writing them.</param>
    /// <returns>How many were removed.</returns>
    public int Sweep(DateTimeOffset before)
    {
        var folder = new DirectoryInfo(Path);
        if (!folder.Exists) return 0;
        int removed = 0;
        foreach (var file in folder.EnumerateFiles())
        {
            if (file.LastWriteTimeUtc >= before.UtcDateTime) continue;
            file.Delete();
            removed++;
        }

        return removed;
    }

    /// <summary>Removes a file if it is there. Used to clean up after another failure, which must not be masked by a second one.</summary>
    public static void Discard(string file)
    {
        try
        {
            File.Delete(file);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // It stays until the next sweep; it was never visible.
        }
    }
}
