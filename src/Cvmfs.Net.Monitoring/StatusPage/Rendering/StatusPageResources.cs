using System.Text;

namespace Cvmfs.Net.Monitoring.StatusPage.Rendering;

/// <summary>The files that come along with the program and may be edited where the page lies.</summary>
internal static class StatusPageResources
{
    /// <summary>The page's template; lies in its own folder beside the page, for nobody needs to fetch it.</summary>
    public const string Template = "page.html";

    /// <summary>Folder of the template, below the page's.</summary>
    public const string TemplateFolder = "templates";

    /// <summary>What browsers fetch.</summary>
    public static readonly string[] Public = ["page.css", "page.js"];

    /// <summary>A file as it comes along.</summary>
    public static string Read(string name)
    {
        using var stream = typeof(StatusPageResources).Assembly.GetManifestResourceStream($"status-page/{name}") ?? throw new InvalidOperationException($"{name} is not in the assembly.");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
