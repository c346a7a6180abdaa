using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Monitoring.Tests;

/// <summary>Files that are compared byte by byte. CVMFSNET_REWRITE_GOLDEN=1 writes them anew; the difference is then for people to look at.</summary>
internal static class Golden
{
    public static void Same(string name, string actual, string folder = "StatusPage/Golden")
    {
        string path = Path.Combine(TestData.SolutionFolder, "tests", "Cvmfs.Net.Monitoring.Tests", folder, name);
        if (Environment.GetEnvironmentVariable("CVMFSNET_REWRITE_GOLDEN") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, actual);
        }

        Assert.Equal(File.ReadAllText(path), actual);
    }
}
