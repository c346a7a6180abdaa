using System.Reflection;

namespace Cvmfs.Net.Tests.Architecture;

/// <summary>Holds what each package exports against <c>PublicApi/&lt;package&gt;.txt</c>: a change of the API is a change of that file, seen in review.</summary>
public sealed class PublicApiTests
{
    private const string Rewrite = "CVMFSNET_REWRITE_PUBLIC_API";
    private const string Folder = "tests/Cvmfs.Net.Tests/Architecture/PublicApi";

    public static TheoryData<string> Packages => [.. SourceTree.Products.Where(name => name != "Cvmfs.Net.Cli")];

    [Theory]
    [MemberData(nameof(Packages))]
    public void The_exported_api_is_the_recorded_one(string package)
    {
        string actual = PublicApiText.Of(Assembly.Load(package));
        string file = Path.Combine(SourceTree.Root, Folder, package + ".txt");
        if (Environment.GetEnvironmentVariable(Rewrite) == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, actual);
            return;
        }

        string expected = File.Exists(file) ? File.ReadAllText(file) : "";
        if (expected == actual) return;
        string[] before = expected.Split('\n');
        string[] after = actual.Split('\n');
        Assert.Fail(
            $"The exported API of {package} differs from {Folder}/{package}.txt. If that is meant, run the tests once with {Rewrite}=1 and commit the file.\n"
            + string.Join('\n', before.Except(after).Select(line => "- " + line.Trim()).Concat(after.Except(before).Select(line => "+ " + line.Trim()))));
    }

    [Fact]
    public void Every_recorded_api_belongs_to_a_package()
        => SourceTree.AssertNone(SourceTree.Files(Folder, "*.txt").Where(file => !SourceTree.Products.Contains(Path.GetFileNameWithoutExtension(file))));
}
