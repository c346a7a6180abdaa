using System.Buffers;
using System.CommandLine;
using System.Text;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Repositories;

namespace Cvmfs.Net.Cli.Commands;

/// <summary><c>repo diff</c>: what changed between two revisions.</summary>
internal static class RepoDiffCommand
{
    public static Command Create(CliHost host)
    {
        var repository = new RepositoryArguments();
        var from = new Argument<string?>("FROM") { Description = "Tag, revision number or root hash; the revision before TO when left out.", DefaultValueFactory = _ => null };
        var to = new Argument<string?>("TO") { Description = "Tag, revision number or root hash; the opened revision when left out.", DefaultValueFactory = _ => null };
        var json = new Option<bool>("--json") { Description = "JSON Lines: one object per change." };
        var command = new CliCommand(
            "diff",
            "Show what changed between two revisions: + added, - removed, M modified.",
            "repo diff http://cvmfs-s1.example.org/cvmfs/software.example.org -k example.org.pub",
            "repo diff /srv/cvmfs/software.example.org trunk-previous trunk --json -k example.org.pub")
        {
            from,
            to,
            json,
        };
        repository.AddTo(command);
        return command.Runs(async (parse, cancellationToken) =>
        {
            await using var opened = await repository.OpenAsync(parse, host, cancellationToken);
            var after = parse.GetValue(to) is { } toText ? await SelectAsync(opened, toText, cancellationToken) : opened.Current;
            var before = parse.GetValue(from) is { } fromText
                ? await SelectAsync(opened, fromText, cancellationToken)
                : after.PreviousRevision.IsNull
                    ? throw new CliException(ExitCodes.Failed, $"revision {after.Number} is the first one: there is nothing to compare it with.")
                    : await opened.OpenRevisionAsync(after.PreviousRevision, cancellationToken);
            await using var output = new BufferedStream(new UnclosedStream(host.Output), 64 << 10);
            var line = new ArrayBufferWriter<byte>();
            await foreach (var change in CvmfsRepository.DiffAsync(before, after, cancellationToken))
            {
                line.ResetWrittenCount();
                Format(line, change, parse.GetValue(json), host.OutputIsTerminal);
                await output.WriteAsync(line.WrittenMemory, cancellationToken);
            }

            return ExitCodes.Done;
        });
    }

    private static async Task<RepositoryRevision> SelectAsync(CvmfsRepository repository, string text, CancellationToken cancellationToken)
    {
        if (ContentHash.TryParse(text, out var hash)) return await repository.OpenRevisionAsync(hash, cancellationToken);
        return ulong.TryParse(text, out ulong number)
            ? await repository.OpenRevisionAsync(number, cancellationToken)
            : await repository.OpenRevisionAsync(text, cancellationToken);
    }

    private static void Format(ArrayBufferWriter<byte> line, RepositoryChange change, bool asJson, bool forTerminal)
    {
        var path = change.Path.IsRoot ? "/"u8 : change.Path.Bytes;
        var kind = (change.After ?? change.Before)!.Kind;
        if (asJson)
        {
            new JsonLine(line).Begin()
                .Text("change"u8, change.Kind switch { ChangeKind.Added => "added"u8, ChangeKind.Removed => "removed"u8, _ => "modified"u8 })
                .Text("kind"u8, EntryJson.Kind(kind))
                .Text("path"u8, path)
                .EndLine();
            return;
        }

        line.Write(change.Kind switch { ChangeKind.Added => "+ "u8, ChangeKind.Removed => "- "u8, _ => "M "u8 });
        line.Write(forTerminal ? Encoding.UTF8.GetBytes(SafeText.ForTerminal(change.Path.ToString())) : path);
        line.Write("\n"u8);
    }
}
