using System.Text;
using Spectre.Console;

namespace Cvmfs.Net.Cli;

/// <summary>A table for a person at a terminal. Written when disposed.</summary>
internal sealed class TerminalTable : IDisposable
{
    private readonly CliHost _host;
    private readonly Table _table = new() { Border = TableBorder.Simple };

    public TerminalTable(CliHost host, params ReadOnlySpan<string> columns)
    {
        _host = host;
        foreach (string column in columns) _table.AddColumn(new TableColumn(new Text(column)));
    }

    public void Add(params string[] cells) => _table.AddRow(cells.Select(cell => new Text(SafeText.ForTerminal(cell))));

    public void Dispose()
    {
        using var writer = new StreamWriter(_host.Output, new UTF8Encoding(false), leaveOpen: true);
        AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer), Interactive = InteractionSupport.No }).Write(_table);
    }
}
