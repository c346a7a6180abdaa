using System.Formats.Tar;
using System.IO.Compression;

namespace Cvmfs.Net.Testing;

/// <summary>The repositories under <c>testdata/</c>, written by the reference tools.</summary>
public static class TestData
{
    /// <summary>Every repository there.</summary>
    public static readonly IReadOnlyList<string> Names =
    [
        "all.example.org", "empty.example.org", "external.example.org", "plain.example.org", "rmd160.example.org", "shake128.example.org",
    ];

    private static readonly Lazy<string> s_root = new(FindRoot);

    /// <summary>Absolute path of the solution's folder.</summary>
    public static string SolutionFolder => s_root.Value;

    /// <summary>Absolute path of <c>testdata/&lt;name&gt;</c>.</summary>
    /// <param name="name">Such as <c>all.example.org</c>.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    public static string Folder(string name)
    {
        string folder = Path.Combine(SolutionFolder, "testdata", name);
        return Directory.Exists(folder) ? folder : throw new DirectoryNotFoundException(folder);
    }

    /// <summary>Master public key of a repository, PEM.</summary>
    public static string PublicKey(string name) => Path.Combine(Folder(name), name + ".pub");

    /// <summary>Unpacks a repository into a folder of its own; the caller disposes it.</summary>
    public static TestRepository Unpack(string name)
    {
        var folder = new TempFolder();
        using var archive = File.OpenRead(Path.Combine(Folder(name), "repository.tar.gz"));
        using var unzipped = new GZipStream(archive, CompressionMode.Decompress);
        TarFile.ExtractToDirectory(unzipped, folder.Path, overwriteFiles: false);
        return new TestRepository(name, folder);
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Cvmfs.Net.sln"))) return folder.FullName;
        }

        throw new DirectoryNotFoundException($"No Cvmfs.Net.sln above {AppContext.BaseDirectory}.");
    }
}
