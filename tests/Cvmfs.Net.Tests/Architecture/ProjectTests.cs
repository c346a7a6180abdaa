using System.Xml.Linq;

namespace Cvmfs.Net.Tests.Architecture;

/// <summary>What a project file refers to.</summary>
internal sealed record ProjectFile(string Name, string Path, string[] Projects, string[] Packages, string[] Frameworks, bool HasVersions, string Sdk)
{
    public static ProjectFile Read(string path)
    {
        var document = XDocument.Parse(SourceTree.Read(path).Text);
        return new ProjectFile(
            System.IO.Path.GetFileNameWithoutExtension(path),
            path,
            [.. Includes("ProjectReference").Select(reference => System.IO.Path.GetFileNameWithoutExtension(reference.Replace('\\', '/')))],
            [.. Includes("PackageReference")],
            [.. Includes("FrameworkReference")],
            document.Descendants("PackageReference").Any(package => package.Attribute("Version") is not null || package.Attribute("VersionOverride") is not null),
            document.Root!.Attribute("Sdk")!.Value);

        IEnumerable<string> Includes(string element) => document.Descendants(element).Select(item => item.Attribute("Include")?.Value).OfType<string>();
    }
}

public sealed class ProjectTests
{
    /// <summary>Everything that a product project may refer to inside the house. The features stand beside each other.</summary>
    private static readonly Dictionary<string, string[]> AllowedProjects = new()
    {
        ["Cvmfs.Net"] = [],
        ["Cvmfs.Net.Publishing"] = ["Cvmfs.Net"],
        ["Cvmfs.Net.Replication"] = ["Cvmfs.Net"],
        ["Cvmfs.Net.Connections"] = [],
        ["Cvmfs.Net.Server"] = ["Cvmfs.Net", "Cvmfs.Net.Connections"],
        ["Cvmfs.Net.Proxy"] = ["Cvmfs.Net", "Cvmfs.Net.Connections"],
        ["Cvmfs.Net.Monitoring"] = ["Cvmfs.Net"],
        ["Cvmfs.Net.Cli"] =
            ["Cvmfs.Net", "Cvmfs.Net.Publishing", "Cvmfs.Net.Replication", "Cvmfs.Net.Server", "Cvmfs.Net.Proxy", "Cvmfs.Net.Monitoring"],
    };

    private static readonly string[] WebProjects = ["Cvmfs.Net.Connections", "Cvmfs.Net.Server", "Cvmfs.Net.Proxy", "Cvmfs.Net.Monitoring", "Cvmfs.Net.Cli"];

    private static ProjectFile[] Products => [.. SourceTree.Files("src", "*.csproj").Select(ProjectFile.Read)];

    [Fact]
    public void Every_product_project_has_its_arrows_written_down_here()
        => Assert.Equal(AllowedProjects.Keys.Order(StringComparer.Ordinal), Products.Select(project => project.Name).Order(StringComparer.Ordinal));

    [Fact]
    public void Products_refer_only_to_what_is_below_them()
        => SourceTree.AssertNone(Products.SelectMany(project => project.Projects
            .Where(reference => !AllowedProjects[project.Name].Contains(reference))
            .Select(reference => $"{project.Path} refers to {reference}")));

    [Fact]
    public void Only_the_web_facing_products_use_the_web_framework()
        => SourceTree.AssertNone(Products
            .Where(project => !WebProjects.Contains(project.Name) && (project.Frameworks.Length > 0 || project.Sdk != "Microsoft.NET.Sdk"))
            .Select(project => project.Path));

    [Fact]
    public void Monitoring_keeps_the_web_framework_in_its_web_folder()
        => SourceTree.AssertNone(SourceTree.CSharp("src/Cvmfs.Net.Monitoring")
            .Where(file => !file.Path.StartsWith("src/Cvmfs.Net.Monitoring/Web/", StringComparison.Ordinal))
            .Where(file => file.CodeLines.Any(line => line.Contains("Microsoft.AspNetCore", StringComparison.Ordinal)))
            .Select(file => file.Path));

    // Event loops have no API of their own: they are a part of server and proxy that both need.
    [Fact]
    public void Product_projects_show_their_internals_to_their_own_tests_and_benchmarks_only()
    {
        foreach (string path in SourceTree.Files("src", "*.csproj"))
        {
            string name = Path.GetFileNameWithoutExtension(path);
            var friends = XDocument.Parse(SourceTree.Read(path).Text).Descendants("InternalsVisibleTo").Select(item => item.Attribute("Include")!.Value);
            string[] users = name == "Cvmfs.Net.Connections" ? ["Cvmfs.Net.Server", "Cvmfs.Net.Server.Tests", "Cvmfs.Net.Proxy", "Cvmfs.Net.Proxy.Tests"] : [];
            Assert.All(friends, friend => Assert.Contains(friend, (string[])[name + ".Tests", "Cvmfs.Net.Benchmarks", "Cvmfs.Net.LoadBench", .. users]));
        }
    }

    [Fact]
    public void Versions_are_written_in_one_file()
    {
        string[] projects = [.. new[] { "src", "tests", "samples", "benchmarks" }.SelectMany(folder => SourceTree.Files(folder, "*.csproj"))];
        Assert.NotEmpty(projects);
        SourceTree.AssertNone(projects.Where(path => ProjectFile.Read(path).HasVersions));
    }

    [Fact]
    public void Every_product_has_a_test_project()
        => SourceTree.AssertNone(SourceTree.Products.Where(name => !File.Exists(Path.Combine(SourceTree.Root, "tests", name + ".Tests", name + ".Tests.csproj"))));

    [Fact]
    public void Every_project_is_in_the_solution()
    {
        string solution = SourceTree.Read("Cvmfs.Net.sln").Text.Replace('\\', '/');
        SourceTree.AssertNone(new[] { "src", "tests", "samples", "benchmarks" }
            .SelectMany(folder => SourceTree.Files(folder, "*.csproj"))
            .Where(path => !solution.Contains(path, StringComparison.Ordinal)));
    }
}
