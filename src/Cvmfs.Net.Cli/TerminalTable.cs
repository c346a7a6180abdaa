using System.Text;
using Spectre.Console;

namespace Cvmfs.Net.Cli;

/// <summary>A table for a person at a terminal. Written when disposed.</summary>
internal sealed class TerminalTable : IDisposable
{
    /// <summary>Characters: a number, a day, the word of a heading.</summary>
    private const int NarrowestColumn = 8;

    private const int BetweenColumns = 3;

    private readonly CliHost _host;
    private readonly int[] _longest;
    private readonly Table _table = new() { Border = TableBorder.Simple };

    public TerminalTable(CliHost host, params ReadOnlySpan<string> columns)
    {
        _host = host;
        _longest = [.. columns.ToArray().Select(column => column.Length)];
        foreach (string column in columns) _table.AddColumn(new TableColumn(new Text(column)));
    }

    /// <summary>Columns from the left whose cells are names, to be read or copied: where there is room, others are broken into lines and these are not.</summary>
    public int NamesFirst { get; init; }

    public void Add(params string[] cells)
    {
        for (int column = 0; column < cells.Length; column++) _longest[column] = Math.Max(_longest[column], cells[column].Length);
        _table.AddRow(cells.Select(cell => new Text(SafeText.ForTerminal(cell))));
    }

    public void Dispose()
    {
        using var writer = new StreamWriter(_host.Output, new UTF8Encoding(false), leaveOpen: true);
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer), Interactive = InteractionSupport.No });
        // A table whose names leave no room for the rest would not be drawn at all.
        int others = (_table.Columns.Count - NamesFirst) * NarrowestColumn;
        if (_longest.Take(NamesFirst).Sum() + others + (_table.Columns.Count * BetweenColumns) <= console.Profile.Width)
        {
            foreach (var column in _table.Columns.Take(NamesFirst)) column.NoWrap();
        }

        console.Write(_table);
    }
}
