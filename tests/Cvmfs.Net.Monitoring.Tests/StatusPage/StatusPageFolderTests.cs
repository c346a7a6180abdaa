using System.Diagnostics;
using System.Text;
using Cvmfs.Net.Monitoring.StatusPage;
using Cvmfs.Net.Monitoring.Tests.StatusPage.Rendering;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Monitoring.Tests.StatusPage;

public sealed class StatusPageFolderTests
{
    [Fact, Conforms("monitoring", 49)]
    public async Task Files_are_replaced_in_one_step_and_no_partial_ones_are_left()
    {
        using var temp = new TempFolder();
        var folder = new StatusPageFolder(Path.Combine(temp.Path, "page"), new StatusPageFolderOptions { MetricsFile = "metrics" });
        await folder.WriteAsync(RenderingTests.Mixed(), TestContext.Current.CancellationToken);
        Assert.Equal(
            ["badge.json", "badge.svg", "feed.atom", "history.json", "index.html", "metrics", "page.css", "page.js", "status.json", "templates"],
            Directory.EnumerateFileSystemEntries(folder.Location).Select(Path.GetFileName).Order(StringComparer.Ordinal));

        // Whoever has a file open goes on reading the old one.
        using var reader = File.OpenRead(Path.Combine(folder.Location, "status.json"));
        long length = reader.Length;
        await folder.WriteAsync(RenderingTests.Mixed() with { UpdatedAt = PageFixture.Now.AddHours(1) }, TestContext.Current.CancellationToken);
        using var text = new StreamReader(reader);
        string old = await text.ReadToEndAsync(TestContext.Current.CancellationToken);
        Assert.Equal(length, Encoding.UTF8.GetByteCount(old));
        Assert.Contains("2026-01-10T12:00:00Z", old, StringComparison.Ordinal);
        Assert.Contains("2026-01-10T13:00:00Z", await File.ReadAllTextAsync(Path.Combine(folder.Location, "status.json"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact, Conforms("monitoring", 50)]
    public async Task Edited_resources_survive_until_they_are_forced()
    {
        using var temp = new TempFolder();
        var folder = new StatusPageFolder(temp.Path);
        await folder.WriteAsync(RenderingTests.Mixed(), TestContext.Current.CancellationToken);
        string css = Path.Combine(temp.Path, "page.css"), template = Path.Combine(temp.Path, "templates", "page.html");
        await File.WriteAllTextAsync(css, "body{}", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(template, "<p>{{title}}</p>", TestContext.Current.CancellationToken);
        await folder.WriteAsync(RenderingTests.Mixed(), TestContext.Current.CancellationToken);
        Assert.Equal("body{}", await File.ReadAllTextAsync(css, TestContext.Current.CancellationToken));
        Assert.Equal("<p>Example status</p>", await File.ReadAllTextAsync(Path.Combine(temp.Path, "index.html"), TestContext.Current.CancellationToken));

        await new StatusPageFolder(temp.Path, new StatusPageFolderOptions { ForceResources = true }).WriteAsync(RenderingTests.Mixed(), TestContext.Current.CancellationToken);
        Assert.Contains("{{matrix}}", await File.ReadAllTextAsync(template, TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Contains("--page", await File.ReadAllTextAsync(css, TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact, Conforms("monitoring", 41)]
    public async Task A_template_that_cannot_be_used_leaves_every_file_as_it_was()
    {
        using var temp = new TempFolder();
        var folder = new StatusPageFolder(temp.Path);
        await folder.WriteAsync(RenderingTests.Mixed(), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(temp.Path, "templates", "page.html"), "{{nonsense}}", TestContext.Current.CancellationToken);
        string before = await File.ReadAllTextAsync(Path.Combine(temp.Path, "status.json"), TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<CvmfsFormatException>(() => folder.WriteAsync(RenderingTests.Mixed() with { UpdatedAt = PageFixture.Now.AddHours(1) }, TestContext.Current.CancellationToken));
        Assert.Equal(before, await File.ReadAllTextAsync(Path.Combine(temp.Path, "status.json"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Names_of_files_have_no_folders()
        => Assert.Throws<ArgumentException>(() => new StatusPageFolder("x", new StatusPageFolderOptions { HtmlFile = "../index.html" }));

    [SlowFact, Conforms("monitoring", 51)]
    public async Task In_a_browser_a_page_that_was_not_renewed_says_unknown()
    {
        const string browser = "/usr/bin/chromium";
        Assert.SkipUnless(File.Exists(browser), $"{browser} is not installed.");
        using var temp = new TempFolder();
        var folder = new StatusPageFolder(Path.Combine(temp.Path, "page"));
        await folder.WriteAsync(RenderingTests.Mixed(), TestContext.Current.CancellationToken); // of January 2026: long ago
        string old = await DumpAsync();
        Assert.Contains("banner status-unknown", old, StringComparison.Ordinal);
        Assert.Contains("UNKNOWN –", old, StringComparison.Ordinal);
        await folder.WriteAsync(RenderingTests.Mixed() with { UpdatedAt = TimeProvider.System.GetUtcNow() }, TestContext.Current.CancellationToken);
        string fresh = await DumpAsync();
        Assert.Contains("banner status-degraded", fresh, StringComparison.Ordinal);
        Assert.Contains("s ago)", fresh, StringComparison.Ordinal);

        async Task<string> DumpAsync()
        {
            using var process = Process.Start(new ProcessStartInfo(
                browser, ["--headless=new", "--no-sandbox", "--disable-gpu", $"--user-data-dir={Path.Combine(temp.Path, "profile")}", "--dump-dom", new Uri(Path.Combine(folder.Location, "index.html")).AbsoluteUri])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            string dom = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            await errors;
            return dom;
        }
    }
}
