/*! jirafe_api 1.0.0 */

// Sends pageviews and visits to the Jirafe Events API that served this file. Plain ES5.
// docs/beacon.md explains how a shop's pages use it, and what the cookies are.
(function () {
  'use strict';

  var TYPES = 'homepage category product search cart checkout order_confirm order_success other';
  var REFERRERS = {}; // filled in from referrers.json: names of hosts by channel
  var CLICKS = {gclid: 'google', gbraid: 'google', wbraid: 'google', msclkid: 'microsoft', fbclid: 'facebook'};
  var ROBOTS = /bot\b|crawl|spider|slurp|headless|lighthouse|preview|monitor/i;
  var HALF_HOUR = 1800; // in seconds, as all lifetimes
  var TWO_YEARS = 63072000;
  var LONGEST_ADDRESS = 8000; // servers refuse longer ones
  var VISITOR = 'jirafe_vis';
  var VISIT = 'jirafe_vid';
  var PAGE = 'jirafe_pvid';
  var LAST_PAGE = 'jirafe_lpvid';
  var TAGS = 'jirafe_atr';
  var CAMPAIGN = 'jirafe_cmp';
  var base = baseUrl();
  var query = parsed(location.search);
  var debugs = 'jirafe_debug' in query;
  var ownNames = []; // parameters with the shop's own tags
  var images = []; // or they may be collected before they are sent
  var order;
  var tries = 0;

  if (window.jirafe_api) {
    return;
  }
  window.jirafe_api = {pageview: safely(pageview), order: {success: safely(success)}};
  window.jirafe_parseAttribution = ownTags;
  whenDefined();

  // Calls the page's own function, once, even if a later script defines it.
  function whenDefined() {
    if (typeof window.jirafe_deferred === 'function') {
      window.jirafe_deferred(window.jirafe_api);
    } else if (tries++ < 600) {
      setTimeout(whenDefined, 100);
    }
  }

  // Counting must not break a shop.
  function safely(send) {
    return function (org, site, type, data) {
      try {
        if (navigator.globalPrivacyControl || navigator.doNotTrack === '1') {
          debug('nothing is sent: the browser asks not to be tracked');
          [VISITOR, VISIT, PAGE, LAST_PAGE, TAGS, CAMPAIGN].forEach(function (name) {
            keep(name, '');
          });
        } else if (navigator.webdriver || ROBOTS.test(navigator.userAgent)) {
          debug('nothing is sent: the browser is a robot');
        } else if (!base || !text(site)) {
          debug('nothing is sent: ' + (base ? 'no site is named' : 'the script has no address of its own'));
        } else {
          send(org, site, type, data || {});
        }
      } catch (error) {
        console.error('jirafe_api', error);
      }
    };
  }

  // The number goes out with the page's own pageview, or with one of its own if there is none.
  function success(org, site, data) {
    order = data.order;
    setTimeout(function () {
      if (order) {
        window.jirafe_api.pageview(org, site, 'order_success');
      }
    }, 0);
  }

  function pageview(org, site, type, data) {
    var now = new Date();
    var page = newId();
    var lastPage = cookie(PAGE);
    var visitor = cookie(VISITOR) || newId();
    var visit = cookie(VISIT);
    var day = now.getFullYear() * 10000 + now.getMonth() * 100 + 100 + now.getDate() + '-';
    var tags = cookie(TAGS);
    var newTags = texts(data.attribution).join('\n');
    var campaign = texts(paid()).join('\n');
    var isNew = visit.indexOf(day) || newTags && newTags !== tags ||
      campaign && campaign !== cookie(CAMPAIGN);
    if (isNew) {
      visit = day + newId();
      lastPage = '';
      tags = newTags;
      keep(CAMPAIGN, campaign, HALF_HOUR);
    } else {
      keep(CAMPAIGN, cookie(CAMPAIGN), HALF_HOUR);
    }
    keep(VISITOR, visitor, TWO_YEARS);
    keep(VISIT, visit, HALF_HOUR);
    keep(PAGE, page, HALF_HOUR);
    keep(LAST_PAGE, lastPage, HALF_HOUR);
    keep(TAGS, tags, HALF_HOUR);
    tags = texts(tags.split('\n'));
    // Without cookies each page would begin a visit of another visitor.
    var isSessionless = cookie(VISIT) !== visit;
    if (isNew && !isSessionless) {
      send('visit', {visit: {
        id: visit,
        visitor: visitor,
        landing_url: cleaned(location.href),
        referrer_url: cleaned(document.referrer),
        user_agent: text(navigator.userAgent),
        tag_attribution: tags,
        rule_attribution: ruled()
      }});
    }
    send('pageview', {
      visit: isSessionless ? undefined : {id: visit, visitor: visitor},
      pageview: {
        page_type: known(type),
        path: text(location.pathname),
        title: text(document.title) || undefined,
        is_sessionless: isSessionless || undefined,
        product: product(data.product),
        category: some(data.category, ['id', 'name']),
        search: search(data.search),
        attribution: tags.length ? tags : undefined,
        order: some(order, ['num'])
      }
    });
    order = 0;

    function send(kind, event) {
      event.org = text(org) || undefined;
      event.site = text(site);
      event.timestamp = now.toISOString();
      event.page = {page_id: page, prev_page_id: lastPage || undefined};
      deliver(base + kind, event);
    }
  }

  // Text is sent as text/plain, for which browsers need no permission in advance.
  function deliver(url, event) {
    var json = JSON.stringify(event);
    if (debugs) {
      explain(url, json);
    } else if (!navigator.sendBeacon || !navigator.sendBeacon(url, json)) {
      var image = new Image();
      image.src = address(url, event);
      images.push(image);
    }
  }

  // Texts are cut as far as needed, but none of 64 characters, such as ids and names of sites.
  function address(url, event) {
    var most = 1000;
    var found;
    do {
      found = url + '.gif?data=' + encodeURIComponent(JSON.stringify(event, function (_, value) {
        return typeof value === 'string' ? whole(value.slice(0, most)) : value;
      }));
      most = most / 2;
    } while (found.length > LONGEST_ADDRESS && most > 60);
    return found;
  }

  function explain(url, json) {
    var request = new XMLHttpRequest();
    request.open('POST', url);
    request.onload = function () {
      debug(request.status === 200 ? 'accepted' : 'refused: ' + request.responseText, json);
    };
    request.onerror = function () {
      debug('refused or unreachable: is ' + location.origin +
        ' among the origins of the site, and is the site known?', json);
    };
    request.send(json);
  }

  function debug(message, json) {
    if (debugs) {
      console.info('jirafe_api: ' + message, json || '');
    }
  }

  function known(type) {
    if (TYPES.split(' ').indexOf(type) >= 0) {
      return type;
    }
    console.warn('jirafe_api: there is no page type ' + type + '; use one of: ' + TYPES);
    return 'other';
  }

  // What the address says about a paid click, [] if nothing.
  function paid() {
    var campaign = parameters(['utm_source', 'utm_medium', 'utm_campaign', 'utm_term']);
    if (campaign.length) {
      return ['campaign'].concat(campaign);
    }
    for (var name in CLICKS) {
      if (query[name]) {
        return ['paid', CLICKS[name]];
      }
    }
    return [];
  }

  // Where the visitor came from, as far as the landing page can know.
  function ruled() {
    var link = document.createElement('a');
    link.href = document.referrer;
    var campaign = paid();
    if (campaign.length) {
      return texts(campaign);
    }
    if (!document.referrer || link.hostname === location.hostname) {
      return ['direct'];
    }
    for (var channel in REFERRERS) {
      for (var place = 0; place < REFERRERS[channel].length; place++) {
        if (('.' + link.hostname + '.').indexOf('.' + REFERRERS[channel][place] + '.') >= 0) {
          return [channel, link.hostname];
        }
      }
    }
    return ['referral', link.hostname];
  }

  // An address with nothing in its query but campaigns, clicks and the shop's own tags.
  function cleaned(url) {
    var parts = text(url.split('#')[0]).split('?');
    var kept = (parts[1] || '').split('&').filter(function (pair) {
      var name = decoded(pair.split('=')[0]);
      return /^utm_\w+$/.test(name) || name in CLICKS || ownNames.indexOf(name) >= 0;
    });
    return parts[0] + (kept.length ? '?' + kept.join('&') : '');
  }

  function product(data) {
    var found = some(data, ['product_code', 'sku_code', 'name']);
    return found && found.product_code && found;
  }

  function search(data) {
    if (data) {
      var found = some(data, ['term']) || {};
      found.page = count(data.page);
      found.total_results = count(data.total_results);
      return found;
    }
  }

  // The members that are texts or numbers, as texts; undefined if there are none.
  function some(data, names) {
    var found;
    names.forEach(function (name) {
      var value = text((data || {})[name]);
      if (value) {
        found = found || {};
        found[name] = value;
      }
    });
    return found;
  }

  // A value as a text within bounds, '' for anything but texts and numbers.
  function text(value) {
    return /string|number/.test(typeof value) ? whole(String(value).slice(0, 1000)) : '';
  }

  // A text without the first half of a character at its end.
  function whole(value) {
    return value.replace(/[\uD800-\uDBFF]$/, '');
  }

  // At most five texts, short enough for a cookie; '' keeps the place of one that is missing.
  function texts(values) {
    var found = [].concat(values).slice(0, 5).map(function (value) {
      return whole(text(value).slice(0, 100)).replace(/\n/g, ' ');
    });
    while (found.length && !found[found.length - 1]) {
      found.pop();
    }
    return found;
  }

  function count(value) {
    return /^\s*\d{1,15}\s*$/.test(value) ? Number(value) : undefined;
  }

  function ownTags(names) {
    ownNames = ownNames.concat(names);
    return parameters(names);
  }

  // The values of URL parameters in the order of the names, '' for one that is missing.
  function parameters(names) {
    return texts(names.map(function (name) {
      return query[name];
    }));
  }

  function parsed(search) {
    var values = Object.create(null);
    search.slice(1).split('&').forEach(function (pair) {
      var parts = pair.replace(/\+/g, ' ').split('=');
      var name = decoded(parts.shift());
      values[name] = values[name] || decoded(parts.join('='));
    });
    return values;
  }

  function decoded(value) {
    try {
      return decodeURIComponent(value);
    } catch (error) {
      return value;
    }
  }

  function cookie(name) {
    var found = new RegExp('(?:^|; )' + name + '=([^;]*)').exec(document.cookie);
    return found ? decoded(found[1]) : '';
  }

  function keep(name, value, seconds) {
    document.cookie = name + '=' + encodeURIComponent(value) + ';path=/;SameSite=Lax' +
      ';max-age=' + (value ? seconds : 0) + (location.protocol === 'https:' ? ';Secure' : '');
  }

  // 128 random bits in hexadecimal digits.
  function newId() {
    return [].map.call(crypto.getRandomValues(new Uint8Array(16)), function (byte) {
      return (256 | byte).toString(16).slice(1);
    }).join('');
  }

  // The address that this file came from.
  function baseUrl() {
    var scripts = document.getElementsByTagName('script');
    for (var place = scripts.length; place--;) {
      var found = /^([^?#]*)\/jirafe_api\.js/.exec(scripts[place].src);
      if (found) {
        return found[1] + '/v2/tracker/';
      }
    }
  }
})();
