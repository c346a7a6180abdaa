using Cvmfs.Net.Monitoring.Fleet;

namespace Cvmfs.Net.Monitoring.Tests.Fleet;

/// <summary>A fleet with one of everything.</summary>
internal static class FleetFixture
{
    public static readonly DateTimeOffset Now = new(2026, 1, 10, 12, 0, 0, TimeSpan.Zero);

    public const string Yaml = """
        version: 1
        name: demo
        contacts:
          core: {name: Core team, email: ops@demo.test}
          partner: {name: "Partner, Ltd", email: cvmfs@partner.test}
        environments:
          prod: {monitor: full, publish_on_status_page: true, channels: prod}
          test: {monitor: light, publish_on_status_page: false, channels: test}
        routing:
          prod: {page: pager, ticket: tracker, info: tracker}
          test: {page: chat, ticket: chat, info: chat}
        receivers:
          pager: {type: pagerduty, url_ref: "env:PD_KEY"}
          tracker: {type: email, to: tickets@demo.test}
          chat: {type: slack, url_ref: "file:/run/secrets/hook", to: "#cvmfs"}
        keys:
          demo-1: {type: master, pem_file: keys/demo-1.pub, state: active}
          demo-2: {type: master, pem_file: keys/demo-2.pub, state: next}
          demo-0: {type: master, pem_file: keys/demo-0.pub, state: retired, valid_until: 2025-06-01T00:00:00Z}
        domains:
          demo.test: {keys: [demo-0, demo-1, demo-2], use_geoapi: true, server_order: [s1-a, s1-b, s1-c], cdn_order: [edge], client: {timeout: 5, max_ttl: 60}}
        repositories:
          soft.demo.test: {stratum0: s0, sync: bucket, replicas: all-public, owner: core, environment: prod, tier: critical, max_lag: 45m, max_gc_age: 10d, garbage_collectable: true, description: Software}
          dev.demo.test: {stratum0: s0, replicas: [s1-a], owner: core, environment: prod, max_snapshot_age: 12h, client_options: ["CVMFS_STRICT_MOUNT=yes"]}
        servers:
          s0: {host: s0.demo.test, role: stratum0, environment: prod, tier: critical, owner: core, dns: {a: [192.0.2.1], aaaa: ["2001:db8::1"]}}
          bucket: {host: bucket.s3.test, scheme: https, role: sync, backend: s3, environment: prod, owner: core, bucket: {name: cvmfs, region: eu-1, credentials_ref: "vault:bucket-password"}}
          s1-a: {host: a.demo.test, role: stratum1, backend: cvmfs, public: true, environment: prod, tier: critical, owner: core, provider: p1, region: eu, snapshot_interval: 10m, upstream: bucket, location: {lat: 50.1, lon: 8.7}, metrics: [{kind: node, port: 9100}, {kind: replica, port: 8000, path: /own}], ansible: {user: root, vars: {apache_workers: 64}}, tags: {cost: core}}
          s1-b: {host: b.demo.test, role: stratum1, public: true, environment: prod, owner: core, provider: p2, region: us, upstream: bucket, location: {lat: 40, lon: -70}}
          s1-c: {host: c.partner.test, port: 8000, role: stratum1, public: true, environment: prod, tier: best-effort, owner: partner, provider: p3, region: as, upstream: bucket, location: {lat: 1.3, lon: 103.8}}
          edge: {host: edge.cdn.test, role: cdn, origin: s1-a, public: true, environment: prod, owner: core}
          t1: {host: t1.demo.test, role: stratum1, environment: test, owner: core, upstream: bucket}
        proxies:
          px1: {host: proxy1.site.test, site: campus, environment: prod, owner: core, allowed_clients: [10.0.0.0/8], metrics: {port: 3129}}
          px2: {host: proxy2.site.test, metrics: {host: inner.site.test, port: 9101, path: /own}, site: campus, environment: prod, owner: core}
          px3: {host: proxy3.site.test, site: campus, environment: prod, owner: core}
        sites:
          campus: {proxies: [px1, px2], fallback_proxies: [px3], clients: {quota_mb: 20000, cache_base: /var/lib/cvmfs, repositories: [soft.demo.test]}}
        maintenance:
          - {id: disks, from: 2026-01-12T08:00:00Z, to: 2026-01-12T10:00:00Z, servers: [s1-b], text: New disks}

        """;

    public static FleetReadResult Read(string? yaml = null) => FleetReader.Read([("fleet.yaml", yaml ?? Yaml)], Now, ReadKey);

    public static string Change(string what, string instead)
    {
        Assert.Contains(what, Yaml, StringComparison.Ordinal);
        int at = Yaml.IndexOf(what, StringComparison.Ordinal);
        return Yaml[..at] + instead + Yaml[(at + what.Length)..];
    }

    public static FleetDescription Fleet(string? yaml = null)
    {
        var result = Read(yaml);
        Assert.True(result.Fleet is not null, string.Join('\n', result.Problems));
        return result.Fleet!;
    }

    private static string? ReadKey(string name) => name.StartsWith("keys/demo-", StringComparison.Ordinal) ? $"-----BEGIN PUBLIC KEY-----\n{name}\n-----END PUBLIC KEY-----\n" : null;
}
