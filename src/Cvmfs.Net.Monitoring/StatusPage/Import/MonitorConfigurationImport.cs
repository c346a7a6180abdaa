// Other monitors' configurations, as one of a status page, which all commands that monitor read:
//
//   INI of the page in Python ──► PageIniImport ───┐
//                                                  ├─► PageDraft ─► config.json, and what became of each line
//   servermon's lines of words ─► ServermonImport ─┘
namespace Cvmfs.Net.Monitoring.StatusPage.Import;

/// <summary>A configuration made of another monitor's: of the INI file of the older status page, or of servermon's file. Immutable.</summary>
public sealed class MonitorConfigurationImport
{
    private MonitorConfigurationImport(string json, IReadOnlyList<ImportedLine> lines, IReadOnlyList<string> remarks) => (Json, Lines, Remarks) = (json, lines, remarks);

    /// <summary>The configuration, a <c>config.json</c> that <see cref="StatusPageConfiguration.Parse"/> reads.</summary>
    public string Json { get; }

    /// <summary>Every line that says something, and what became of it.</summary>
    public IReadOnlyList<ImportedLine> Lines { get; }

    /// <summary>What else the reader should know.</summary>
    public IReadOnlyList<string> Remarks { get; }

    /// <summary>Reads a configuration; which program's it is follows from its first line that says something: a section in brackets, or a word.</summary>
    /// <param name="text">The file.</param>
    /// <param name="file">Its name, for messages.</param>
    /// <exception cref="CvmfsFormatException">It is neither, or there is no server in it.</exception>
    public static MonitorConfigurationImport Read(string text, string file)
    {
        ArgumentNullException.ThrowIfNull(text);
        var lines = text.TrimStart('\uFEFF').Split('\n').Select((line, i) => (Number: i + 1, Text: line.Trim()))
            .Where(line => line.Text.Length > 0 && line.Text[0] is not ('#' or ';')).ToList();
        var draft = new PageDraft();
        bool isIni = lines.Count > 0 && lines[0].Text[0] == '[';
        var (said, remarks) = isIni ? PageIniImport.Read(lines, draft, file) : ServermonImport.Read(lines, draft, file);
        string json = draft.Write();
        StatusPageConfiguration.Parse(System.Text.Encoding.UTF8.GetBytes(json), file); // nobody should find out later that it cannot be read
        return new MonitorConfigurationImport(json, said, remarks);
    }
}
