using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Cvmfs.Net.Repositories;

namespace Cvmfs.Net.Cli.Commands;

/// <summary><c>repo info</c>: who published what when, and whether it can be trusted.</summary>
internal static class RepoInfoCommand
{
    public static Command Create(CliHost host)
    {
        var repository = new RepositoryArguments();
        var json = new Option<bool>("--json") { Description = "One JSON object." };
        var command = new CliCommand(
            "info",
            "Show a repository's state: revision, root catalog, signature, counts.",
            "repo info http://cvmfs-s1.example.org/cvmfs/software.example.org -k example.org.pub",
            "repo info /srv/cvmfs/software.example.org --json --allow-unverified")
        {
            json,
        };
        repository.AddTo(command);
        return command.Runs(async (parse, cancellationToken) =>
        {
            await using var opened = await repository.OpenAsync(parse, host, cancellationToken);
            if (parse.GetValue(json)) await WriteJsonAsync(host, opened, cancellationToken);
            else await WriteTextAsync(host, opened, cancellationToken);
            return ExitCodes.Done;
        });
    }

    private static async Task WriteTextAsync(CliHost host, CvmfsRepository repository, CancellationToken cancellationToken)
    {
        var revision = repository.Current;
        var total = revision.Statistics.Total;
        var facts = new FactList();
        if (!repository.Name.IsEmpty) facts.Add("repository", repository.Name.ToString());
        facts.Add("source", repository.Origin);
        facts.Add("revision", Invariant($"{revision.Number}"));
        facts.Add("published", LongFormat.Time(revision.LastModified) + " UTC");
        facts.Add("root catalog", Invariant($"{revision.RootCatalog} ({ByteSize.Format(revision.RootCatalogBytes)})"));
        if (!revision.PreviousRevision.IsNull) facts.Add("previous", revision.PreviousRevision.ToString());
        facts.Add("time to live", Invariant($"{revision.Ttl.TotalSeconds} s"));
        facts.Add("verified", Verification(repository));
        if (repository.Manifest is { } manifest)
        {
            facts.Add("collectable", manifest.IsGarbageCollectable ? "yes" : "no");
            if (!manifest.Certificate.IsNull) facts.Add("certificate", manifest.Certificate.ToString());
        }

        if (revision.VomsAuthz is { } policy) facts.Add("access policy", policy);
        facts.Add("entries", Invariant($"{total.Entries:N0}: {total.Regular:N0} files, {total.Directory - total.Nested:N0} directories, {total.Symlink:N0} links, {total.Special:N0} special"));
        facts.Add("catalogs", Invariant($"{total.Nested + 1:N0}"));
        facts.Add("content", Invariant($"{ByteSize.Format(total.FileSize)}, of which {ByteSize.Format(total.ChunkedSize)} in {total.Chunks:N0} chunks"));
        if (total.External > 0) facts.Add("external", Invariant($"{total.External:N0} files, {ByteSize.Format(total.ExternalFileSize)}"));
        if (await ReadMetaInfoAsync(host, repository, cancellationToken) is { } meta)
        {
            if (meta.Description is { } description) facts.Add("description", description);
            if (meta.Organisation is { } organisation) facts.Add("organisation", organisation);
            if (meta.Administrator is { } administrator) facts.Add("administrator", administrator + (meta.Email is { } email ? $" <{email}>" : ""));
            if (meta.RecommendedStratum0 is { } stratum0) facts.Add("stratum 0", stratum0);
            foreach (string stratum1 in meta.RecommendedStratum1s) facts.Add("stratum 1", stratum1);
        }

        await facts.WriteAsync(host, cancellationToken);
    }

    private static async Task WriteJsonAsync(CliHost host, CvmfsRepository repository, CancellationToken cancellationToken)
    {
        var revision = repository.Current;
        await using var json = new Utf8JsonWriter(host.Output, new JsonWriterOptions { Indented = true, NewLine = "\n" });
        json.WriteStartObject();
        if (!repository.Name.IsEmpty) json.WriteString("name", repository.Name.ToString());
        json.WriteString("source", repository.Origin);
        json.WriteNumber("revision", revision.Number);
        json.WriteNumber("last_modified", revision.LastModified);
        json.WriteString("root_hash", revision.RootCatalog.ToString());
        json.WriteNumber("root_size", revision.RootCatalogBytes);
        if (!revision.PreviousRevision.IsNull) json.WriteString("previous_revision", revision.PreviousRevision.ToString());
        json.WriteNumber("ttl_seconds", (long)revision.Ttl.TotalSeconds);
        json.WriteBoolean("verified", repository.VerifiedManifest is not null || repository.Manifest is null);
        if (repository.VerifiedManifest is { } verified) json.WriteString("whitelist_expires", verified.WhitelistExpires.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
        if (repository.Manifest is { } manifest)
        {
            json.WriteNumber("published_at", manifest.PublishedAt);
            json.WriteBoolean("garbage_collectable", manifest.IsGarbageCollectable);
            if (!manifest.Certificate.IsNull) json.WriteString("certificate", manifest.Certificate.ToString());
            if (!manifest.History.IsNull) json.WriteString("history", manifest.History.ToString());
            if (!manifest.MetaInfo.IsNull) json.WriteString("meta_info", manifest.MetaInfo.ToString());
        }

        if (revision.VomsAuthz is { } policy) json.WriteString("access_policy", policy);
        json.WriteStartObject("statistics");
        for (int i = 0; i < Catalogs.CatalogCounters.Names.Count; i++) json.WriteNumber(Catalogs.CatalogCounters.Names[i], revision.Statistics.Total[i]);
        json.WriteEndObject();
        json.WriteEndObject();
        await json.FlushAsync(cancellationToken);
        await host.Output.WriteAsync("\n"u8.ToArray(), cancellationToken);
        await host.Output.FlushAsync(cancellationToken);
    }

    private static string Verification(CvmfsRepository repository)
    {
        if (repository.VerifiedManifest is { } verified) return $"by master key; whitelist valid until {verified.WhitelistExpires:yyyy-MM-dd HH:mm} UTC";
        return repository.Manifest is null ? "by root hash" : "NO: the manifest's signature was not checked";
    }

    // It decorates; a broken or missing one must not keep anybody from the rest.
    private static async Task<Documents.RepositoryMetaInfo?> ReadMetaInfoAsync(CliHost host, CvmfsRepository repository, CancellationToken cancellationToken)
    {
        try
        {
            return await repository.ReadMetaInfoAsync(cancellationToken);
        }
        catch (CvmfsException failure)
        {
            await host.Error.WriteLineAsync($"{CvmfsCommandLine.ProgramName}: no meta info: {SafeText.ForTerminal(failure.Message)}");
            return null;
        }
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
