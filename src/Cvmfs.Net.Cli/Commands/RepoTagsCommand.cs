using System.Buffers;
using System.CommandLine;
using System.Text;
using Cvmfs.Net.History;

namespace Cvmfs.Net.Cli.Commands;

/// <summary><c>repo tags</c>: the named revisions, newest first.</summary>
internal static class RepoTagsCommand
{
    private const string DefaultBranch = "(default)";

    public static Command Create(CliHost host)
    {
        var repository = new RepositoryArguments();
        var json = new Option<bool>("--json") { Description = "JSON Lines: one object per tag." };
        var command = new CliCommand(
            "tags",
            "List the named revisions: name, root catalog, its bytes, revision, time, branch, description.",
            "repo tags http://cvmfs-s1.example.org/cvmfs/software.example.org -k example.org.pub")
        {
            json,
        };
        repository.AddTo(command);
        return command.Runs(async (parse, cancellationToken) =>
        {
            await using var opened = await repository.OpenAsync(parse, host, cancellationToken);
            var tags = await opened.ReadTagsAsync(cancellationToken);
            if (parse.GetValue(json)) await WriteJsonAsync(host, tags, cancellationToken);
            else if (host.OutputIsTerminal) WriteTable(host, tags);
            else await WritePlainAsync(host, tags);
            return ExitCodes.Done;
        });
    }

    // One blank between columns, as the reference's machine-readable list: the description comes last because it may hold blanks.
    private static async Task WritePlainAsync(CliHost host, IReadOnlyList<RepositoryTag> tags)
    {
        await using var output = host.OpenText();
        foreach (var tag in tags)
        {
            await output.WriteLineAsync($"{tag.Name} {tag.RootCatalog} {tag.RootCatalogSize} {tag.Revision} {tag.Timestamp} {Branch(tag)} {tag.Description.ReplaceLineEndings(" ")}");
        }
    }

    private static void WriteTable(CliHost host, IReadOnlyList<RepositoryTag> tags)
    {
        using var table = new TerminalTable(host, "Tag", "Revision", "Published (UTC)", "Branch", "Root catalog", "Description");
        foreach (var tag in tags)
        {
            table.Add(tag.Name, tag.Revision.ToString(System.Globalization.CultureInfo.InvariantCulture), LongFormat.Time(tag.Timestamp), Branch(tag), tag.RootCatalog.ToString(), tag.Description);
        }
    }

    private static async Task WriteJsonAsync(CliHost host, IReadOnlyList<RepositoryTag> tags, CancellationToken cancellationToken)
    {
        var lines = new ArrayBufferWriter<byte>();
        foreach (var tag in tags)
        {
            new JsonLine(lines).Begin()
                .Text("branch"u8, Encoding.UTF8.GetBytes(tag.Branch))
                .Text("description"u8, Encoding.UTF8.GetBytes(tag.Description))
                .Text("name"u8, Encoding.UTF8.GetBytes(tag.Name))
                .Number("revision"u8, tag.Revision)
                .Text("root_hash"u8, Encoding.ASCII.GetBytes(tag.RootCatalog.ToString()))
                .Number("size"u8, tag.RootCatalogSize)
                .Number("timestamp"u8, tag.Timestamp)
                .EndLine();
        }

        await host.Output.WriteAsync(lines.WrittenMemory, cancellationToken);
        await host.Output.FlushAsync(cancellationToken);
    }

    private static string Branch(RepositoryTag tag) => tag.Branch.Length == 0 ? DefaultBranch : tag.Branch;
}
