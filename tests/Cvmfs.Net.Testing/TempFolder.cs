namespace Cvmfs.Net.Testing;

/// <summary>A folder of one test, removed with everything in it on disposal.</summary>
public sealed class TempFolder : IDisposable
{
    /// <summary>Creates an empty folder below the system's temporary folder.</summary>
    public TempFolder() => Path = Directory.CreateTempSubdirectory("cvmfs-net-").FullName;

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
