// The home page's work as an Express application does it: session, one call to the bank, a template, every header.
'use strict';
const path = require('path');
const { randomBytes } = require('crypto');
const express = require('express');
const session = require('express-session');
const { Pool } = require('undici');

const { PORT, UPSTREAM } = process.env;
const bank = new Pool(UPSTREAM, { connections: 100 });
const app = express();
app.set('views', __dirname);
app.set('view engine', 'ejs');
app.enable('view cache');
app.disable('x-powered-by');
app.disable('etag');
app.use(session({ name: 'sb-lyg', secret: 'k'.repeat(40), resave: false, saveUninitialized: false }));

app.use((request, response, next) => {
  response.locals.nonce = randomBytes(16).toString('base64url');
  response.set({
    'Referrer-Policy': 'same-origin',
    'Permissions-Policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=()',
    'X-Content-Type-Options': 'nosniff',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Content-Security-Policy': `default-src 'none'; script-src 'nonce-${response.locals.nonce}'; style-src 'self'; `
      + "img-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    'Cache-Control': 'no-store',
    'X-Frame-Options': 'DENY',
    'X-Request-Id': randomBytes(5).toString('hex'),
  });
  next();
});

app.get('/enter', (request, response) => {
  request.session.customer = 'cu-1';
  response.send('welcome');
});

app.get('/lyg/', async (request, response) => {
  if (!request.session.customer) return response.redirect(303, '/enter');
  const answer = await bank.request({
    method: 'GET',
    path: `/customers/${request.session.customer}/overview`,
    headers: { authorization: 'Bearer token' },
  });
  const overview = await answer.body.json();
  const yuan = (text) => Number(text).toLocaleString('en', { minimumFractionDigits: 2 });
  response.render('home', { overview, yuan });
});

app.listen(Number(PORT), '127.0.0.1');
