using System.CommandLine;
using System.Text;
using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Repositories;

namespace Cvmfs.Net.Cli.Commands;

/// <summary><c>repo stat</c>: everything that is known about one entry.</summary>
internal static class RepoStatCommand
{
    public static Command Create(CliHost host)
    {
        var repository = new RepositoryArguments();
        var paths = new Argument<string[]>("PATH") { Description = "Entries.", Arity = ArgumentArity.OneOrMore };
        var json = new Option<bool>("--json") { Description = "JSON Lines: one object per entry, as repo ls with the published owner." };
        var command = new CliCommand(
            "stat",
            "Show everything that is known about an entry.",
            "repo stat http://cvmfs-s1.example.org/cvmfs/software.example.org /init/bash -k example.org.pub")
        {
            paths,
            json,
        };
        repository.AddTo(command);
        return command.Runs(async (parse, cancellationToken) =>
        {
            var wanted = Array.ConvertAll(parse.GetRequiredValue(paths), PathArgument.Parse);
            await using var opened = await repository.OpenAsync(parse, host, cancellationToken);
            var jsonFormat = new EntryJson(opened.Current, storedOwner: true);
            foreach (var path in wanted)
            {
                var entry = await opened.StatAsync(path, cancellationToken) ?? throw PathArgument.NotFound(path);
                if (parse.GetValue(json)) await host.Output.WriteAsync(jsonFormat.Format(path, entry, null), cancellationToken);
                else await WriteAsync(host, opened.Current, path, entry, cancellationToken);
            }

            await host.Output.FlushAsync(cancellationToken);
            return ExitCodes.Done;
        });
    }

    private static async Task WriteAsync(CliHost host, RepositoryRevision revision, RepositoryPath path, CatalogEntry entry, CancellationToken cancellationToken)
    {
        var facts = new FactList();
        facts.Add("path", path.ToString());
        facts.Add("kind", Encoding.ASCII.GetString(EntryJson.Kind(entry.Kind)));
        facts.Add("mode", $"{LongFormat.Mode(entry)} (0{Convert.ToString(entry.Mode & 0xfff, 8)})");
        facts.Add("owner", $"{entry.Uid}:{entry.Gid}");
        if (entry.IsFile) facts.Add("size", $"{entry.Size} ({ByteSize.Format(entry.Size)})");
        facts.Add("modified", LongFormat.Time(entry.MTimeSeconds) + (entry.MTimeNanoseconds is { } ns and > 0 ? $".{ns:d9}" : "") + " UTC");
        facts.Add("links", entry.HardlinkGroup == 0 ? $"{entry.LinkCount}" : $"{entry.LinkCount} (group {entry.HardlinkGroup})");
        if (entry.Kind == EntryKind.SymbolicLink)
        {
            facts.Add("target", Encoding.UTF8.GetString(revision.PresentTarget(entry).Span));
            if (SymlinkVariables.HasVariables(entry.SymlinkTarget.Span)) facts.Add("stored target", Encoding.UTF8.GetString(entry.SymlinkTarget.Span));
        }

        if (entry.IsFile)
        {
            facts.Add("hash", entry.Hash.IsNull ? "none (chunks only)" : entry.Hash.ToString());
            facts.Add("compression", entry.Compression.ToString().ToLowerInvariant());
        }

        facts.Add("flags", $"{entry.Flags & ~(EntryFlags.HashAlgorithmMask | EntryFlags.CompressionMask)} ({(int)entry.Flags})");
        foreach (var (name, value) in ExtendedAttributes.Parse(entry.RawXattrs.Span))
        {
            facts.Add("attribute", $"{Encoding.UTF8.GetString(name.Span)} = 0x{Convert.ToHexStringLower(value.Span)}");
        }

        await facts.WriteAsync(host, cancellationToken);
    }
}
