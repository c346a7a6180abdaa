namespace Cvmfs.Net.Testing;

/// <summary>A folder of one test, removed with everything in it on disposal.</summary>
public sealed class TempFolder : IDisposable
{
    private const long PlentyBytes = 4L << 30; // no test fills this, however many run beside it
    private static readonly string Parent = ChooseParent();

    /// <summary>Creates an empty folder: where <c>TMPDIR</c> says; without it in memory if there is plenty; else below the system's temporary folder.</summary>
    public TempFolder()
    {
        Path = System.IO.Path.Combine(Parent, "cvmfs-net-" + System.IO.Path.GetRandomFileName());
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(Path);
        else Directory.CreateDirectory(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>Absolute path.</summary>
    public string Path { get; }

    /// <summary>Absolute path of something in the folder.</summary>
    /// <param name="relative">Path below the folder, with forward slashes.</param>
    public string Combine(string relative) => System.IO.Path.Combine(Path, relative);

    /// <summary>Writes a file, creating the folders above it, and returns its absolute path.</summary>
    public string Write(string relative, ReadOnlySpan<byte> content)
    {
        string path = Combine(relative);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
        return path;
    }

    /// <summary>Every file below the folder as sorted relative paths with forward slashes: what a test compares.</summary>
    public IReadOnlyList<string> Files()
        => [.. Directory.EnumerateFiles(Path, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 })
            .Select(file => System.IO.Path.GetRelativePath(Path, file).Replace('\\', '/')).Order(StringComparer.Ordinal)];

    /// <summary>Tests make and remove hundreds of folders a second. Some file systems search for a free inode that was not used in the last seconds, which
    /// made the suite take four times as long as in memory.</summary>
    private static string ChooseParent()
    {
        const string memory = "/dev/shm";
        string usual = System.IO.Path.GetTempPath();
        if (!OperatingSystem.IsLinux() || Environment.GetEnvironmentVariable("TMPDIR") is { Length: > 0 } || !Directory.Exists(memory)) return usual;
        return new DriveInfo(memory) is { DriveFormat: "tmpfs", AvailableFreeSpace: >= PlentyBytes } ? memory : usual;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // The test removed it itself.
        }
    }
}
