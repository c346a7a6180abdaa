using System.CommandLine;
using System.Text;
using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Repositories;

namespace Cvmfs.Net.Cli.Commands;

/// <summary><c>repo ls</c>: names, long lines or JSON Lines, of one directory or of everything below.</summary>
internal static class RepoLsCommand
{
    public static Command Create(CliHost host)
    {
        var repository = new RepositoryArguments();
        var path = new Argument<string>("PATH") { Description = "File or directory; the root when left out.", DefaultValueFactory = _ => "/" };
        var recursive = new Option<bool>("--recursive", "-R") { Description = "Everything below, in path order." };
        var isLong = new Option<bool>("--long", "-l") { Description = "Mode, links, owner, size and time as well." };
        var json = new Option<bool>("--json") { Description = "JSON Lines: one object per entry." };
        var checksum = new Option<bool>("--checksum") { Description = "Read every file and show the SHA-256 of its content." };
        var all = new Option<bool>("--all", "-a") { Description = "Hidden entries, too." };
        var storedOwner = new Option<bool>("--stored-owner") { Description = "Owners as published; without it everything is root's, as on a mounted client." };
        var command = new CliCommand(
            "ls",
            "List a directory, or everything below it.",
            "repo ls http://cvmfs-s1.example.org/cvmfs/software.example.org -k example.org.pub",
            "repo ls /srv/cvmfs/software.example.org /versions -l -k /etc/cvmfs/keys",
            "repo ls http://cvmfs-s1.example.org/cvmfs/software.example.org -R --json --checksum -k example.org.pub")
        {
            path,
            recursive,
            isLong,
            json,
            checksum,
            all,
            storedOwner,
        };
        repository.AddTo(command);
        return command.Runs(async (parse, cancellationToken) =>
        {
            var start = PathArgument.Parse(parse.GetRequiredValue(path));
            await using var opened = await repository.OpenAsync(parse, host, cancellationToken);
            var revision = opened.Current;
            var options = new RepositoryEnumerationOptions { IncludeHidden = parse.GetValue(all) };
            var entries = parse.GetValue(recursive)
                ? revision.EnumerateAsync(start, options, cancellationToken)
                : ListAsync(revision, start, options, cancellationToken);
            var listed = parse.GetValue(checksum) ? Checksums.AddAsync(revision, entries, cancellationToken) : WithoutSum(entries);
            await using var output = new BufferedStream(new UnclosedStream(host.Output), 64 << 10);
            var line = new LineFormat(revision, host.OutputIsTerminal)
            {
                IsJson = parse.GetValue(json),
                IsLong = parse.GetValue(isLong),
                FullPaths = parse.GetValue(recursive),
                WithSums = parse.GetValue(checksum),
                StoredOwner = parse.GetValue(storedOwner),
            };
            await foreach (var (item, sum) in listed.WithCancellation(cancellationToken)) output.Write(line.Format(item, sum).Span);
            return ExitCodes.Done;
        });
    }

    private static async IAsyncEnumerable<CatalogTreeEntry> ListAsync(
        RepositoryRevision revision, RepositoryPath path, RepositoryEnumerationOptions options,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var entry = await revision.StatAsync(path, cancellationToken) ?? throw PathArgument.NotFound(path);
        if (!entry.IsDirectory)
        {
            yield return new CatalogTreeEntry(path, entry);
            yield break;
        }

        foreach (var child in await revision.ListAsync(path, options.IncludeHidden, cancellationToken)) yield return new CatalogTreeEntry(path.Append(child.Name.Span), child);
    }

    private static async IAsyncEnumerable<(CatalogTreeEntry Item, string? Sha256)> WithoutSum(IAsyncEnumerable<CatalogTreeEntry> entries)
    {
        await foreach (var entry in entries) yield return (entry, null);
    }

    /// <summary>One of the three ways to show an entry.</summary>
    private sealed class LineFormat(RepositoryRevision revision, bool forTerminal)
    {
        private EntryJson? _json;

        public bool IsJson { get; init; }

        public bool IsLong { get; init; }

        public bool FullPaths { get; init; }

        public bool WithSums { get; init; }

        public bool StoredOwner { get; init; }

        public ReadOnlyMemory<byte> Format(CatalogTreeEntry item, string? sha256)
        {
            if (IsJson) return (_json ??= new EntryJson(revision, StoredOwner)).Format(item.Path, item.Entry, sha256);
            var name = FullPaths || item.Path.IsRoot ? (item.Path.IsRoot ? "/"u8 : item.Path.Bytes) : item.Path.Name;
            if (!IsLong && !WithSums && !forTerminal) return (byte[])[.. name, (byte)'\n']; // the bytes as they are: scripts read them
            var text = new StringBuilder();
            if (WithSums) text.Append((sha256 ?? "-").PadRight(64)).Append("  ");
            if (IsLong) text.Append(LongFormat.Attributes(item.Entry, StoredOwner, revision.PresentTarget(item.Entry).Length)).Append(' ');
            text.Append(forTerminal ? SafeText.ForTerminal(Encoding.UTF8.GetString(name)) : Encoding.UTF8.GetString(name));
            if (IsLong && item.Entry.Kind == EntryKind.SymbolicLink)
            {
                string target = Encoding.UTF8.GetString(revision.PresentTarget(item.Entry).Span);
                text.Append(" -> ").Append(forTerminal ? SafeText.ForTerminal(target) : target);
            }

            return Encoding.UTF8.GetBytes(text.Append('\n').ToString());
        }
    }
}
