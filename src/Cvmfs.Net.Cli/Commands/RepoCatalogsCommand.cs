using System.Buffers;
using System.CommandLine;
using System.Globalization;
using System.Text;
using Cvmfs.Net.Repositories;

namespace Cvmfs.Net.Cli.Commands;

/// <summary><c>repo catalogs</c>: the catalogs of a revision.</summary>
internal static class RepoCatalogsCommand
{
    public static Command Create(CliHost host)
    {
        var repository = new RepositoryArguments();
        var json = new Option<bool>("--json") { Description = "JSON Lines: one object per catalog." };
        var command = new CliCommand(
            "catalogs",
            "List the catalogs of a revision: hash, bytes, entries, mountpoint.",
            "repo catalogs http://cvmfs-s1.example.org/cvmfs/software.example.org -k example.org.pub")
        {
            json,
        };
        repository.AddTo(command);
        return command.Runs(async (parse, cancellationToken) =>
        {
            await using var opened = await repository.OpenAsync(parse, host, cancellationToken);
            var catalogs = opened.Current.CatalogsAsync(cancellationToken);
            if (host.OutputIsTerminal && !parse.GetValue(json)) await WriteTableAsync(host, catalogs);
            else await WriteLinesAsync(host, catalogs, parse.GetValue(json), cancellationToken);
            return ExitCodes.Done;
        });
    }

    private static async Task WriteLinesAsync(CliHost host, IAsyncEnumerable<RepositoryCatalog> catalogs, bool asJson, CancellationToken cancellationToken)
    {
        var line = new ArrayBufferWriter<byte>();
        await using var output = new BufferedStream(new UnclosedStream(host.Output), 64 << 10);
        await foreach (var catalog in catalogs)
        {
            line.ResetWrittenCount();
            if (asJson)
            {
                new JsonLine(line).Begin()
                    .Number("entries"u8, catalog.Statistics.Self.Entries)
                    .Text("hash"u8, Encoding.ASCII.GetBytes(catalog.Hash.ToString()))
                    .Text("path"u8, catalog.Mountpoint.IsRoot ? "/"u8 : catalog.Mountpoint.Bytes)
                    .Number("revision"u8, catalog.Revision)
                    .Number("size"u8, catalog.Bytes)
                    .EndLine();
            }
            else
            {
                line.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{catalog.Hash} {catalog.Bytes}B {catalog.Statistics.Self.Entries} ")));
                line.Write(catalog.Mountpoint.IsRoot ? "/"u8 : catalog.Mountpoint.Bytes);
                line.Write("\n"u8);
            }

            await output.WriteAsync(line.WrittenMemory, cancellationToken);
        }
    }

    private static async Task WriteTableAsync(CliHost host, IAsyncEnumerable<RepositoryCatalog> catalogs)
    {
        using var table = new TerminalTable(host, "Mountpoint", "Entries", "Size", "Revision", "Catalog");
        await foreach (var catalog in catalogs)
        {
            table.Add(
                catalog.Mountpoint.ToString(),
                catalog.Statistics.Self.Entries.ToString("N0", CultureInfo.InvariantCulture),
                ByteSize.Format(catalog.Bytes),
                catalog.Revision.ToString(CultureInfo.InvariantCulture),
                catalog.Hash.ToString());
        }
    }
}
